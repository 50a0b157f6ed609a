package stablediffusion.peers;

import stablediffusion.model.engine.Tensor;

/**
 * Holds the output of a run.
 *
 * @param nanoseconds the time that the library took, without converting inputs and output between its order and ours
 */
record TimedOutput(Tensor output, long nanoseconds) {}
