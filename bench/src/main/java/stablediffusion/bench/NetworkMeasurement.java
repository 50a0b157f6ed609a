package stablediffusion.bench;

import java.util.List;

/**
 * One network of a model on one engine.
 *
 * @param compileSeconds to load its weights and prepare it
 * @param run as a caller sees it: inputs in, output out
 * @param compute the operations alone, by the device's clock where it has one
 * @param otherSeconds the rest of a run at its median: copies to and from the device and launches
 * @param multiplyAdds of a run
 * @param gigaflops operations a second over the whole run, a multiplication and an addition each counted
 * @param weightBytes that it holds of the device's memory, which for the CPU is the host's
 * @param activationBytes that it holds besides
 * @param breakdown of one profiled run; the seconds add up to {@code profiledSeconds}
 */
public record NetworkMeasurement(
        Part part,
        double compileSeconds,
        Timing run,
        Timing compute,
        double otherSeconds,
        long multiplyAdds,
        double gigaflops,
        long weightBytes,
        long activationBytes,
        double profiledSeconds,
        List<Share> breakdown) {}
