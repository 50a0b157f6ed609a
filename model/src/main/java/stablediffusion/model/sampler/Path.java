package stablediffusion.model.sampler;

import stablediffusion.model.UserException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The noise levels that a sampler goes through: step i leads from level i to level i + 1.
 *
 * @param requestedSteps what was asked for, of which a strength is a fraction; the original scripts may take a few more
 * @param start of what the first latent is made
 * @param levels falling; at least two
 */
public record Path(int requestedSteps, NoiseLevel start, List<NoiseLevel> levels) {
    public Path {
        levels = List.copyOf(levels);
        if (levels.size() < 2) {
            throw new IllegalArgumentException("a path needs two levels, not " + levels);
        }
    }

    /** From noise down given σ to none. They may be any; {@link Spacing} has the usual ones. */
    public static Path ofSigmas(NoiseSchedule schedule, double... sigmas) {
        List<NoiseLevel> levels = new ArrayList<>();
        for (double sigma : sigmas) {
            levels.add(NoiseLevel.ofSigma(schedule, sigma));
        }
        if (sigmas[sigmas.length - 1] > 0) {
            levels.add(NoiseLevel.ofSigma(schedule, 0));
        }
        NoiseLevel first = levels.getFirst();
        return new Path(levels.size() - 1, new NoiseLevel(0, first.noise(), first.timestep()), levels);
    }

    /** The path of the original DDIM and PLMS scripts, which end at timestep 0 and not at no noise at all. */
    public static Path ofTimesteps(NoiseSchedule schedule, int steps) {
        List<NoiseLevel> levels = new ArrayList<>();
        Arrays.stream(schedule.timesteps(steps)).forEach(t -> levels.addFirst(NoiseLevel.ofTimestep(schedule, t)));
        NoiseLevel start = new NoiseLevel(0, 1, levels.getFirst().timestep());
        levels.add(NoiseLevel.ofTimestep(schedule, 0));
        return new Path(steps, start, levels);
    }

    public int steps() {
        return levels.size() - 1;
    }

    /**
     * The end of the path for image to image: {@code (int) (strength · steps)} steps. On DDIM's scale the picture gets the noise of
     * one step earlier than the first of them, as in the original img2img script.
     *
     * @param strength above 0, at most 1: how much of the picture may change
     */
    public Path forStrength(double strength) {
        if (!(strength > 0 && strength <= 1)) {
            throw new UserException("strength " + strength + " is not above 0 and at most 1");
        }
        int count = (int) (strength * requestedSteps);
        if (count == 0) {
            throw new UserException("strength " + strength + " of " + requestedSteps + " steps leaves no step to take: raise either");
        }
        int first = steps() - count;
        boolean keepsVariance = levels.getFirst().signal() < 1;
        NoiseLevel noised = levels.get(keepsVariance ? Math.max(first - 1, 0) : first);
        return new Path(count, noised, levels.subList(first, levels.size()));
    }

    /** The first latent of a new picture. */
    public float[] start(float[] noise) {
        return Latents.scale(start.noise(), noise);
    }

    /** The first latent of image to image. */
    public float[] start(float[] picture, float[] noise) {
        return start.mix(picture, noise);
    }
}
