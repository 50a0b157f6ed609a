package stablediffusion.model.sampler;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

import static stablediffusion.model.sampler.NoiseSchedule.evenly;

/** Spreads the noise levels σ of a run between the largest and the smallest that the network was trained on. */
public enum Schedule {

    /** Spreads them evenly in the timesteps of training (k-diffusion's {@code get_sigmas}). */
    DISCRETE("Uniform") {
        @Override
        double[] between(NoiseSchedule noiseSchedule, int steps) {
            return Arrays.stream(evenly(noiseSchedule.size() - 1, 0, steps)).map(noiseSchedule::sigma).toArray();
        }
    },

    /** Spreads them evenly in the seventh root of σ: equation 5 of Karras et al., "Elucidating the Design Space", 2022, with ρ = 7. */
    KARRAS("Karras") {
        private static final double RHO = 7;

        // Computes in single precision, as k-diffusion does: the seventh power makes its rounding visible. PyTorch's root of the
        // smallest σ is two units in the last place too low; it is here too, so that the pictures are the same.
        @Override
        double[] between(NoiseSchedule noiseSchedule, int steps) {
            float first = (float) Math.pow(noiseSchedule.largestSigma(), 1 / RHO);
            float last = Math.nextDown(Math.nextDown((float) Math.pow(noiseSchedule.smallestSigma(), 1 / RHO)));
            return Arrays.stream(evenly(0, 1, steps))
                    .map(ramp -> first + (float) ramp * (last - first))
                    .map(root -> (float) Math.pow(root, RHO))
                    .toArray();
        }
    },

    /** Spreads them evenly in log σ. */
    EXPONENTIAL("Exponential") {
        @Override
        double[] between(NoiseSchedule noiseSchedule, int steps) {
            double first = Math.log(noiseSchedule.largestSigma());
            double last = Math.log(noiseSchedule.smallestSigma());
            return Arrays.stream(evenly(first, last, steps)).map(Math::exp).toArray();
        }
    };

    private final String webUiName;

    Schedule(String webUiName) {
        this.webUiName = webUiName;
    }

    /** Computes falling σ from the largest to the smallest. */
    abstract double[] between(NoiseSchedule noiseSchedule, int steps);

    /** Returns its name in lower case, for users: "karras". */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns its name in the AUTOMATIC1111 web UI, as parameters of pictures have it. */
    public String webUiName() {
        return webUiName;
    }

    /**
     * Finds a schedule by its {@link #label}, in letters of any case.
     *
     * @throws UserException where there is none of this name
     */
    public static Schedule parse(String name) {
        String label = name.toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(schedule -> schedule.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new InvalidRequestException("there is no schedule '" + name + "': take "
                        + Arrays.stream(values()).map(Schedule::label).collect(Collectors.joining(", "))));
    }

    /**
     * Computes the noise levels of a number of steps, falling.
     *
     * @param steps at least 1
     * @return as many σ as steps, without the 0 that ends the last step
     */
    public double[] sigmas(NoiseSchedule noiseSchedule, int steps) {
        NoiseSchedule.requireSteps(steps);
        return between(noiseSchedule, steps);
    }
}
