package stablediffusion.model.sampler;

import static stablediffusion.model.sampler.DpmPlusPlus2sAncestral.towards;
import static stablediffusion.model.sampler.Latents.sum;

/**
 * Samples as "UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of Diffusion Models" (Zhao et al., 2023), order 2,
 * with B₂(h) on the denoised latent; the defaults of diffusers. Works in λ = -log σ. The call that a step makes to predict the next
 * latent also corrects the last prediction, so order 2 is free and the corrector makes it 3.
 */
final class UniPc extends SigmaSampler {
    static final SamplerType TYPE = SamplerType.of("unipc", "UniPC", "UniPC, order 2: good in 10 to 20 steps", UniPc::new);

    @Override
    public SamplerType type() {
        return TYPE;
    }

    @Override
    public float[] sample(SamplingContext context, float[] latent) {
        float[] x = latent;
        Step step = null;
        for (int i = 0; i < context.steps(); i++) {
            double from = context.sigma(i);
            double to = context.sigma(i + 1);
            float[] denoised = context.denoise(x, from);
            if (step != null) {
                x = step.correct(x, denoised);
            }
            // The last step is of order 1, as is the first, which has no history.
            boolean first = i == 0 || i == context.steps() - 1;
            step = first ? Step.ofOrder1(from, to, denoised) : Step.ofOrder2(context.sigma(i - 1), from, to, step.denoised(), denoised);
            x = context.stepDone(i, step.predict(x), denoised);
        }
        return x;
    }

    /**
     * Describes a step of length h = λ(to) - λ(from).
     *
     * @param denoised denoised latent at the start of the step
     * @param slope D₁ / r₁: change of the denoised latent since the level before, for one h; zeros for order 1
     * @param ratio r₁: the step to the level before, in units of h; negative
     */
    private record Step(double from, double to, float[] denoised, float[] slope, double ratio, int order) {

        static Step ofOrder1(double from, double to, float[] denoised) {
            return new Step(from, to, denoised, new float[denoised.length], -1, 1);
        }

        static Step ofOrder2(double before, double from, double to, float[] denoisedBefore, float[] denoised) {
            double ratio = -Math.log(before / from) / Math.log(from / to);
            return new Step(from, to, denoised, sum(1 / ratio, denoisedBefore, -1 / ratio, denoised), ratio, 2);
        }

        /** Computes equation 3, UniP-2, whose coefficient is ½ for any ratio. */
        float[] predict(float[] x) {
            return sum(1, towards(x, denoised, from, to), order == 1 ? 0 : -b() / 2, slope);
        }

        /**
         * Computes UniC, as a change of the prediction: equation 9's terms with the denoised latent at the end of the step, less those
         * of the predictor.
         */
        float[] correct(float[] predicted, float[] denoisedAhead) {
            double older = 0;
            double newest = 0.5;
            if (order == 2) {
                // R₂(h) · a₂ = φ₂(h) / B₂(h), solved for the two coefficients.
                double h = Math.log(from / to);
                double phi2 = b() / -h - 1;
                double phi3 = phi2 / -h - 0.5;
                older = (phi2 - 2 * phi3) / b() / (1 - ratio);
                newest = phi2 / b() - older;
                older -= 0.5;
            }
            float[] change = sum(newest, denoisedAhead, -newest, denoised, older, slope);
            return sum(1, predicted, -b(), change);
        }

        /** Computes B₂(h) = e^-h - 1. */
        private double b() {
            return to / from - 1;
        }
    }
}
