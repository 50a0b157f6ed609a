package stablediffusion.tests.gpu;

import java.nio.file.Path;

/**
 * Holds what a report is made of.
 *
 * @param configuration configuration of random weights: sd-v1 or narrow
 * @param size width and height of the measured picture in pixels
 * @param steps denoising steps of the measured picture
 * @param seconds time for everything
 * @param keepGoing whether to measure a backend that computed wrong results
 * @param references folder of the {@link References}
 */
record Plan(String configuration, int size, int steps, int seconds, boolean keepGoing, Path references) {}
