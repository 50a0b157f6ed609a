package stablediffusion.model.sampler;

import stablediffusion.model.InvalidRequestException;

import java.util.Arrays;

/**
 * Holds how much noise the network was trained to find at each timestep: the forward process of "Denoising Diffusion Probabilistic
 * Models" (Ho et al., 2020). At timestep t a latent is √ᾱ(t) · picture + √(1-ᾱ(t)) · noise.
 *
 * @param alphasCumprod ᾱ by timestep, falling from nearly 1 towards 0
 */
public record NoiseSchedule(double[] alphasCumprod) {
    private static final int TRAINING_STEPS = 1000;

    public NoiseSchedule {
        alphasCumprod = alphasCumprod.clone();
    }

    /** Returns the schedule of Stable Diffusion v1. */
    public static NoiseSchedule stableDiffusion() {
        return ofBetas(stableDiffusionBetas());
    }

    /** Returns β by timestep for Stable Diffusion v1: √β goes evenly from √0.00085 to √0.012 ("scaled linear" in diffusers). */
    public static double[] stableDiffusionBetas() {
        double[] roots = evenly(Math.sqrt(0.00085), Math.sqrt(0.012), TRAINING_STEPS);
        return Arrays.stream(roots).map(root -> root * root).toArray();
    }

    /** Computes the schedule from the variances β of the noise that each training step adds: ᾱ(t) is the product of 1 - β up to t. */
    public static NoiseSchedule ofBetas(double[] betas) {
        double[] alphasCumprod = new double[betas.length];
        double product = 1;
        for (int t = 0; t < betas.length; t++) {
            product *= 1 - betas[t];
            alphasCumprod[t] = product;
        }
        return new NoiseSchedule(alphasCumprod);
    }

    @Override
    public double[] alphasCumprod() {
        return alphasCumprod.clone();
    }

    /** Returns the number of timesteps of training. */
    public int size() {
        return alphasCumprod.length;
    }

    /** Returns ᾱ(t); beyond the last timestep, that of the last. */
    public double alphaCumprod(int timestep) {
        return alphasCumprod[Math.min(timestep, size() - 1)];
    }

    /** Returns σ(t) = √((1-ᾱ)/ᾱ): noise per unit of picture, the scale of Karras et al. (2022). */
    public double sigma(int timestep) {
        double alpha = alphaCumprod(timestep);
        return Math.sqrt((1 - alpha) / alpha);
    }

    public double smallestSigma() {
        return sigma(0);
    }

    public double largestSigma() {
        return sigma(size() - 1);
    }

    /** Returns σ between whole timesteps, linear in log σ as in k-diffusion. */
    public double sigma(double timestep) {
        int below = (int) Math.floor(timestep);
        double weight = timestep - below;
        return Math.exp((1 - weight) * Math.log(sigma(below)) + weight * Math.log(sigma(below + 1)));
    }

    /** Returns the inverse of {@link #sigma(double)}, kept within the schedule. */
    public double timestep(double sigma) {
        int below = 0;
        int above = size() - 1;
        while (above - below > 1) {
            int middle = (below + above) >>> 1;
            if (sigma(middle) <= sigma) {
                below = middle;
            } else {
                above = middle;
            }
        }
        double low = Math.log(sigma(below));
        double high = Math.log(sigma(above));
        return below + Math.clamp((Math.log(sigma) - low) / (high - low), 0.0, 1.0);
    }

    /**
     * Returns the timesteps of the original DDIM and PLMS scripts, rising: every (1000 / steps)-th from 1 on, so that a number of
     * steps that does not divide 1000 gives a few more.
     */
    public int[] timesteps(int steps) {
        requireSteps(steps);
        if (steps > size()) {
            throw new InvalidRequestException(
                    steps + " steps are more than the " + size() + " that the model was trained with: ask for fewer");
        }
        int stride = size() / steps;
        int[] timesteps = new int[(size() + stride - 1) / stride];
        Arrays.setAll(timesteps, i -> i * stride + 1);
        return timesteps;
    }

    static void requireSteps(int steps) {
        if (steps < 1) {
            throw new InvalidRequestException("cannot sample in " + steps + " steps: ask for 1 or more");
        }
    }

    /** Returns numbers from first to last at equal distances; if only one, the first. */
    static double[] evenly(double first, double last, int count) {
        double[] values = new double[count];
        Arrays.setAll(values, i -> count == 1 ? first : first + (last - first) * i / (count - 1));
        return values;
    }
}
