package stablediffusion.model.sampler;

import stablediffusion.model.InvalidRequestException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Lists the noise levels of a run, from the noisiest on: step i leads from level i to level i + 1.
 *
 * @param requestedSteps number of steps that was asked for, of which a strength is a fraction; the original scripts may take a few more
 * @param start composition of the first latent
 * @param levels with falling noise; at least two
 */
public record NoiseLevels(int requestedSteps, NoiseLevel start, List<NoiseLevel> levels) {
    public NoiseLevels {
        levels = List.copyOf(levels);
        if (levels.size() < 2) {
            throw new IllegalArgumentException("two or more noise levels are needed, not " + levels);
        }
    }

    /** Returns the levels of any falling σ, with 0 put at their end; {@link Schedule} computes the usual ones. */
    public static NoiseLevels ofSigmas(NoiseSchedule noiseSchedule, double... sigmas) {
        List<NoiseLevel> levels = new ArrayList<>();
        for (double sigma : sigmas) {
            levels.add(NoiseLevel.ofSigma(noiseSchedule, sigma));
        }
        if (sigmas[sigmas.length - 1] > 0) {
            levels.add(NoiseLevel.ofSigma(noiseSchedule, 0));
        }
        NoiseLevel first = levels.getFirst();
        return new NoiseLevels(levels.size() - 1, new NoiseLevel(0, first.noise(), first.timestep()), levels);
    }

    /** Returns the levels of the original DDIM and PLMS scripts, which end at timestep 0 and not at no noise at all. */
    public static NoiseLevels ofTimesteps(NoiseSchedule noiseSchedule, int steps) {
        List<NoiseLevel> levels = new ArrayList<>();
        Arrays.stream(noiseSchedule.timesteps(steps)).forEach(t -> levels.addFirst(NoiseLevel.ofTimestep(noiseSchedule, t)));
        NoiseLevel start = new NoiseLevel(0, 1, levels.getFirst().timestep());
        levels.add(NoiseLevel.ofTimestep(noiseSchedule, 0));
        return new NoiseLevels(steps, start, levels);
    }

    /** Returns the number of steps that are taken, one less than there are levels. */
    public int steps() {
        return levels.size() - 1;
    }

    /**
     * Returns the last {@code (int) (strength · requestedSteps)} steps, for image to image. On DDIM's scale the picture gets the noise of one
     * step earlier than the first of them, as in the original img2img script.
     *
     * @param strength above 0, at most 1: how much of the picture may change
     */
    public NoiseLevels forStrength(double strength) {
        if (!(strength > 0 && strength <= 1)) {
            throw new InvalidRequestException("strength " + strength + " is not above 0 and at most 1");
        }
        int count = (int) (strength * requestedSteps);
        if (count == 0) {
            throw new InvalidRequestException(
                    "strength " + strength + " of " + requestedSteps + " steps leaves no step to take: raise either");
        }
        int first = steps() - count;
        boolean keepsVariance = levels.getFirst().signal() < 1;
        NoiseLevel noised = levels.get(keepsVariance ? Math.max(first - 1, 0) : first);
        return new NoiseLevels(count, noised, levels.subList(first, levels.size()));
    }

    /** Returns the first latent of a new picture. */
    public float[] start(float[] noise) {
        return Latents.scale(start.noise(), noise);
    }

    /** Returns the first latent of image to image. */
    public float[] start(float[] picture, float[] noise) {
        return start.mix(picture, noise);
    }
}
