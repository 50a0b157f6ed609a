package stablediffusion.bench;

import java.util.Map;

/**
 * A whole picture, from prompt to pixels, networks loaded on the way.
 *
 * @param seconds all of it
 * @param phases seconds of each phase of the pipeline, in order; they add up to the whole
 */
public record PictureMeasurement(String prompt, long seed, int steps, double seconds, Map<String, Double> phases) {}
