package stablediffusion.bench;

import stablediffusion.model.engine.Launches;

import java.util.Optional;

/**
 * Holds the measurement of the host's work for one network.
 *
 * @param launches what the host does in a run; empty for engines that compute on the host
 * @param compileSeconds time to compile the kernels
 * @param run time of a run by the clock; the host's own if launches do nothing
 * @param processor processor time of the thread that runs the network; where it waits by asking again and again, waiting is in it
 */
public record HostMeasurement(Part part, Optional<Launches> launches, double compileSeconds, Timing run, Timing processor) {}
