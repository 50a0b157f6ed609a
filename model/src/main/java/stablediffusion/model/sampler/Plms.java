package stablediffusion.model.sampler;

import java.util.ArrayList;
import java.util.List;

import static stablediffusion.model.sampler.Latents.sum;

/**
 * Samples as "Pseudo Numerical Methods for Diffusion Models on Manifolds" (Liu et al., 2022), by the linear multi-step method of the
 * original plms.py: DDIM's step with ε extrapolated from the last four. The first step looks ahead once, as improved Euler does.
 */
record Plms() implements Sampler {
    static final SamplerType TYPE = SamplerType.of("plms", "PLMS", "Liu et al. 2022; as in the original scripts", Plms::new)
            .withAliases("pndm")
            .withOwnSchedule();

    @Override
    public SamplerType type() {
        return TYPE;
    }

    @Override
    public float[] sample(SamplingContext context, float[] latent) {
        float[] x = latent;
        List<float[]> epsilons = new ArrayList<>();
        for (int i = 0; i < context.steps(); i++) {
            NoiseLevel from = context.level(i);
            NoiseLevel to = context.level(i + 1);
            epsilons.addFirst(context.model().epsilon(x, from.timestep()));
            if (epsilons.size() > 4) {
                epsilons.removeLast();
            }
            float[] epsilon;
            if (i == 0) {
                float[] ahead = transfer(x, epsilons.getFirst(), from, to);
                // A run of one step looks ahead at its own timestep, as the original does.
                double timestepAhead = context.level(Math.min(1, context.steps() - 1)).timestep();
                epsilon = sum(0.5, epsilons.getFirst(), 0.5, context.model().epsilon(ahead, timestepAhead));
            } else {
                epsilon = extrapolate(epsilons);
            }
            x = context.stepDone(i, transfer(x, epsilon, from, to), Ddim.denoised(x, epsilon, from));
        }
        return x;
    }

    /** Computes equation 12: Adams and Bashforth's coefficients, of the order that there is history for. */
    private static float[] extrapolate(List<float[]> e) {
        return switch (e.size()) {
            case 2 -> sum(3.0 / 2, e.get(0), -1.0 / 2, e.get(1));
            case 3 -> sum(23.0 / 12, e.get(0), -16.0 / 12, e.get(1), 5.0 / 12, e.get(2));
            default -> sum(1, sum(55.0 / 24, e.get(0), -59.0 / 24, e.get(1), 37.0 / 24, e.get(2)), -9.0 / 24, e.get(3));
        };
    }

    /** Computes equation 11, which is DDIM's step without fresh noise. */
    private static float[] transfer(float[] x, float[] epsilon, NoiseLevel from, NoiseLevel to) {
        return sum(to.signal(), Ddim.denoised(x, epsilon, from), to.noise(), epsilon);
    }
}
