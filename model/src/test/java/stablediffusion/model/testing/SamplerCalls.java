package stablediffusion.model.testing;

import stablediffusion.model.sampler.NoiseLevels;
import stablediffusion.model.sampler.SamplerType;

/** Counts the calls of the network that the published form of a sampler makes. */
public final class SamplerCalls {
    private SamplerCalls() {}

    /** Returns the calls of a whole run: most samplers make one a step, some two, except in a last step that ends at no noise. */
    public static int expected(SamplerType type, NoiseLevels levels) {
        return switch (type.name()) {
            case "heun", "dpm2", "dpm2_a", "dpm++2s_a" -> 2 * levels.steps() - (levels.levels().getLast().noise() == 0 ? 1 : 0);
            case "plms" -> levels.steps() + 1;
            default -> levels.steps();
        };
    }
}
