package stablediffusion.model.sampler;

import java.util.Arrays;
import java.util.Locale;

import static stablediffusion.model.sampler.NoiseSchedule.evenly;

/** How the noise levels σ of a sampler are spread between the largest and the smallest that the model knows. */
public enum Spacing {

    /** Evenly in the timesteps of training (k-diffusion's {@code get_sigmas}). */
    DISCRETE {
        @Override
        double[] between(NoiseSchedule schedule, int steps) {
            return Arrays.stream(evenly(schedule.size() - 1, 0, steps)).map(schedule::sigma).toArray();
        }
    },

    /** Evenly in the seventh root of σ: equation 5 of Karras et al., "Elucidating the Design Space", 2022, with ρ = 7. */
    KARRAS {
        private static final double RHO = 7;

        /**
         * In single precision, as k-diffusion computes it: the seventh power makes its rounding visible. There PyTorch's root of
         * the smallest σ comes out two units in the last place low; so it does here, for the same pictures.
         */
        @Override
        double[] between(NoiseSchedule schedule, int steps) {
            float first = (float) Math.pow(schedule.largestSigma(), 1 / RHO);
            float last = Math.nextDown(Math.nextDown((float) Math.pow(schedule.smallestSigma(), 1 / RHO)));
            return Arrays.stream(evenly(0, 1, steps))
                    .map(ramp -> first + (float) ramp * (last - first))
                    .map(root -> (float) Math.pow(root, RHO))
                    .toArray();
        }
    },

    /** Evenly in log σ. */
    EXPONENTIAL {
        @Override
        double[] between(NoiseSchedule schedule, int steps) {
            double first = Math.log(schedule.largestSigma());
            double last = Math.log(schedule.smallestSigma());
            return Arrays.stream(evenly(first, last, steps)).map(Math::exp).toArray();
        }
    };

    abstract double[] between(NoiseSchedule schedule, int steps);

    /** As it is written on a command line. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The levels of a number of steps, falling.
     *
     * @param steps at least 1
     * @return as many values as steps, without the 0 that ends the last step
     */
    public double[] sigmas(NoiseSchedule schedule, int steps) {
        NoiseSchedule.requireSteps(steps);
        return between(schedule, steps);
    }
}
