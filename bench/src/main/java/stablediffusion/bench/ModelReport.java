package stablediffusion.bench;

import java.util.List;
import java.util.Optional;

/**
 * A model on one engine.
 *
 * @param width of the picture, in pixels
 * @param startUpSeconds from the start of the JVM until the engine was open
 * @param hostPeakBytes of the whole process, the JVM and all
 */
public record ModelReport(
        Environment environment,
        EngineInfo engine,
        String model,
        int width,
        int height,
        double startUpSeconds,
        List<NetworkMeasurement> networks,
        Optional<PictureMeasurement> picture,
        Optional<Long> hostPeakBytes,
        boolean noisy) {}
