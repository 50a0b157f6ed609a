package stablediffusion.bench;

import java.util.List;

/** Holds the measurements of all kernels of a model on one engine. */
public record KernelReport(
        Environment environment, EngineInfo engine, String model, int width, int height, Roofline roofline, List<KernelMeasurement> kernels,
        boolean noisy) {}
