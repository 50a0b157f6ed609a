package stablediffusion.bench;

import java.util.Map;

/**
 * Holds the times of generating a picture, from prompt to pixels, including the loading of the networks.
 *
 * @param seconds total time
 * @param phases seconds of each phase of the pipeline, in order; their sum is the total time
 */
public record PictureMeasurement(String prompt, long seed, int steps, double seconds, Map<String, Double> phases) {}
