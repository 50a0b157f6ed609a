package stablediffusion.bench;

import java.util.List;

/**
 * Holds the measurement of one network of a model on one engine. Copy, launch and host time are those of one profiled run.
 *
 * @param loadSeconds time to read the weights and prepare them
 * @param compileSeconds time to compile the kernels and copy the weights to the device; 0 for engines with precompiled kernels
 * @param run time of a whole run, copies of input and output included
 * @param compute time of the operations alone, from the device's clock if it has one
 * @param copySeconds time for copying inputs to the device and the output back
 * @param launchSeconds time between requests of the host and the start of kernels and copies on the device
 * @param hostSeconds remaining time, which the host spends
 * @param multiplyAdds multiply-adds of a run
 * @param gigaflops throughput of the whole run, two operations for each multiply-add
 * @param weightBytes device memory for weights; on the CPU, host memory
 * @param activationBytes device memory for activations
 * @param profiledSeconds time of the profiled run
 * @param breakdown shares of the profiled run, which add up to {@code profiledSeconds}; empty if the engine has no
 *     profiler, or replays a recorded run as one
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
        List<TimeShare> breakdown) {

    /** Returns whether a run was profiled. If not, {@code compute} is the whole run, and the times of copies, launches and host are 0. */
    public boolean profiled() {
        return !breakdown.isEmpty();
    }
}
