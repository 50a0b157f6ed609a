package stablediffusion.tests.gpu;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/**
 * Holds what a report is made of.
 *
 * @param only steps to take; empty: all
 * @param configuration configuration of random weights: sd-v1 or narrow
 * @param size width and height of the measured picture in pixels
 * @param steps denoising steps of the measured picture
 * @param seconds time for everything
 * @param keepGoing whether to measure a backend that computed wrong results
 * @param references folder of the {@link References}
 */
record Plan(Set<Step> only, String configuration, int size, int steps, int seconds, boolean keepGoing, Path references) {
    Plan {
        only = only.isEmpty() ? EnumSet.allOf(Step.class) : EnumSet.copyOf(only);
    }

    /**
     * Returns the time that a step may take: all that is left, less what later steps reserve.
     *
     * @param left seconds until the backend's time is over
     */
    double secondsFor(Step step, double left) {
        return left - only.stream().filter(later -> later.compareTo(step) > 0).mapToInt(Step::reserved).sum();
    }
}
