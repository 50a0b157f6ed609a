package stablediffusion.bench;

import java.util.List;

/**
 * One network of a model on one engine.
 *
 * @param loadSeconds to read its weights and prepare them
 * @param compileSeconds to compile its kernels and bring the weights to the device; 0 where an engine brings its kernels along
 * @param run as a caller sees it: inputs in, output out
 * @param compute the operations alone, by the device's clock where it has one
 * @param copySeconds of inputs to the device and of the output back, in the profiled run, as are the next two
 * @param launchSeconds of kernels and copies, between the host's asking and the device's beginning
 * @param hostSeconds the rest: what the host does besides
 * @param multiplyAdds of a run
 * @param gigaflops operations a second over the whole run, a multiplication and an addition each counted
 * @param weightBytes that it holds of the device's memory, which for the CPU is the host's
 * @param activationBytes that it holds besides
 * @param breakdown of one profiled run, whose seconds add up to {@code profiledSeconds}; empty where an engine has no profile
 */
public record NetworkMeasurement(
        Part part,
        double loadSeconds,
        double compileSeconds,
        Timing run,
        Timing compute,
        double copySeconds,
        double launchSeconds,
        double hostSeconds,
        long multiplyAdds,
        double gigaflops,
        long weightBytes,
        long activationBytes,
        double profiledSeconds,
        List<TimeShare> breakdown) {}
