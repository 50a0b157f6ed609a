package stablediffusion.bench;

import java.util.List;

/**
 * Holds the measurements of all kernels of a model on one engine.
 *
 * @param leftOut number of kernels that were not measured for lack of time, those that cost the model least
 */
public record KernelReport(
        Environment environment, EngineInfo engine, String model, int width, int height, Roofline roofline, List<KernelMeasurement> kernels,
        int leftOut, boolean noisy) {}
