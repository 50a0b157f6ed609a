package stablediffusion.bench;

import java.util.List;
import java.util.Optional;

/**
 * Holds the measurements of a model on one engine.
 *
 * @param width width of the picture in pixels
 * @param height height of the picture in pixels
 * @param startUpSeconds time from the start of the JVM, or in a comparison from the opening of the engine, until the engine was open
 * @param hostPeakBytes peak resident memory of the process, including the JVM
 * @param noisy true if the times of any network vary too much, see {@link Timing}
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
