package stablediffusion.model.sampler;

import java.util.ArrayList;
import java.util.List;

import static stablediffusion.model.sampler.Latents.sum;

/**
 * Samples by the linear multi-step method of Adams and Bashforth, order 4, for steps of any length: k-diffusion's sample_lms. Integrates
 * the last four directions, as a polynomial in σ, over the step.
 */
final class Lms extends SigmaSampler {
    static final SamplerType TYPE = SamplerType.of("lms", "LMS", "linear multi-step, order 4", Lms::new);

    private static final int ORDER = 4;

    @Override
    public SamplerType type() {
        return TYPE;
    }

    @Override
    public float[] sample(SamplingContext context, float[] latent) {
        float[] x = latent;
        List<float[]> directions = new ArrayList<>();
        for (int i = 0; i < context.steps(); i++) {
            float[] denoised = context.denoise(x, context.sigma(i));
            directions.addFirst(derivative(x, denoised, context.sigma(i)));
            if (directions.size() > ORDER) {
                directions.removeLast();
            }
            for (int j = 0; j < directions.size(); j++) {
                x = sum(1, x, coefficient(context, i, j, directions.size()), directions.get(j));
            }
            x = context.stepDone(i, x, denoised);
        }
        return x;
    }

    /**
     * Computes the integral over step i of Lagrange's polynomial that is 1 at σ(i - j) and 0 at the others of the last
     * {@code order} levels. Gauss and Legendre's two points are exact up to degree 3, which is what order 4 needs.
     */
    private static double coefficient(SamplingContext context, int i, int j, int order) {
        double middle = (context.sigma(i) + context.sigma(i + 1)) / 2;
        double half = (context.sigma(i + 1) - context.sigma(i)) / 2;
        double offset = half / Math.sqrt(3);
        return half * (lagrange(context, middle - offset, i, j, order) + lagrange(context, middle + offset, i, j, order));
    }

    private static double lagrange(SamplingContext context, double sigma, int i, int j, int order) {
        double product = 1;
        for (int k = 0; k < order; k++) {
            if (k != j) {
                product *= (sigma - context.sigma(i - k)) / (context.sigma(i - j) - context.sigma(i - k));
            }
        }
        return product;
    }
}
