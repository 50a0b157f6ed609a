package stablediffusion.model.sampler;

import static stablediffusion.model.sampler.Latents.scale;
import static stablediffusion.model.sampler.Latents.sum;

/**
 * Holds what one run of a sampler works with.
 *
 * @param noiseSchedule schedule that the network was trained with
 * @param levels noise levels of the run
 * @param model predicts the noise
 * @param noise fresh noise, for samplers that add some
 * @param listener called after each step
 */
public record SamplingContext(
        NoiseSchedule noiseSchedule, NoiseLevels levels, EpsilonModel model, NoiseSource noise, StepListener listener) {

    int steps() {
        return levels.steps();
    }

    NoiseLevel level(int index) {
        return levels.levels().get(index);
    }

    double sigma(int index) {
        return level(index).noise();
    }

    /**
     * Runs the network as a denoiser (the preconditioning of Karras et al., 2022, for a network that predicts ε): scales the latent to
     * what it was trained on and takes out the noise that it finds.
     *
     * @param x latent on the scale of σ, picture + σ · ε
     * @return the denoised latent, as predicted at this step
     */
    float[] denoise(float[] x, double sigma) {
        float[] epsilon = model.epsilon(scale(1 / Math.sqrt(sigma * sigma + 1), x), noiseSchedule.timestep(sigma));
        return sum(1, x, -sigma, epsilon);
    }

    /** Reports a step to the listener and returns the latent that the sampler goes on from. Called after each step. */
    float[] stepDone(int index, float[] latent, float[] denoised) {
        return listener.stepDone(new StepListener.Step(index, steps(), level(index + 1), latent, denoised));
    }
}
