package stablediffusion.weights;

import stablediffusion.model.network.Configuration;
import stablediffusion.model.sampler.NoiseSchedule;
import stablediffusion.weights.checkpoint.ElementType;
import stablediffusion.weights.checkpoint.TensorSpec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Computes the tensors of a checkpoint that are not trained: the tables of the noise schedule (CompVis' {@code DDPM.register_schedule};
 * names and formulas of Ho et al., 2020) and CLIP's position ids. They follow from the model and are not read here, but the original code
 * refuses a checkpoint without them.
 */
final class ConstantTensors {
    private static final int TIMESTEPS = 1000;
    private static final String POSITION_IDS = "cond_stage_model.transformer.text_model.embeddings.position_ids";

    private final Map<String, float[]> tables = tables();
    private final int positions;

    ConstantTensors(Configuration configuration) {
        positions = configuration.text().positions();
    }

    /** Returns the names and shapes of the tensors. */
    List<TensorSpec> specs() {
        List<TensorSpec> specs = new ArrayList<>();
        tables.keySet().forEach(name -> specs.add(new TensorSpec(name, ElementType.F32, List.of(TIMESTEPS))));
        specs.add(new TensorSpec(POSITION_IDS, ElementType.I64, List.of(1, positions)));
        return specs;
    }

    /** Returns the data of a constant tensor, little-endian; empty for any other tensor. */
    Optional<byte[]> data(TensorSpec tensor) {
        if (tensor.name().equals(POSITION_IDS)) {
            ByteBuffer bytes = ByteBuffer.allocate(positions * 8).order(ByteOrder.LITTLE_ENDIAN);
            for (long position = 0; position < positions; position++) {
                bytes.putLong(position);
            }
            return Optional.of(bytes.array());
        }
        return Optional.ofNullable(tables.get(tensor.name())).map(table -> {
            ByteBuffer bytes = ByteBuffer.allocate(TIMESTEPS * 4).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(table);
            return bytes.array();
        });
    }

    private static Map<String, float[]> tables() {
        Map<String, float[]> tables = new LinkedHashMap<>();
        for (String name : new String[] {
            "betas",
            "alphas_cumprod",
            "alphas_cumprod_prev",
            "sqrt_alphas_cumprod",
            "sqrt_one_minus_alphas_cumprod",
            "log_one_minus_alphas_cumprod",
            "sqrt_recip_alphas_cumprod",
            "sqrt_recipm1_alphas_cumprod",
            "posterior_variance",
            "posterior_log_variance_clipped",
            "posterior_mean_coef1",
            "posterior_mean_coef2"
        }) {
            tables.put(name, new float[TIMESTEPS]);
        }
        double[] betas = NoiseSchedule.stableDiffusionBetas();
        double previous = 1;
        for (int t = 0; t < TIMESTEPS; t++) {
            double beta = betas[t];
            double alpha = previous * (1 - beta);
            double variance = beta * (1 - previous) / (1 - alpha);
            tables.get("betas")[t] = (float) beta;
            tables.get("alphas_cumprod")[t] = (float) alpha;
            tables.get("alphas_cumprod_prev")[t] = (float) previous;
            tables.get("sqrt_alphas_cumprod")[t] = (float) Math.sqrt(alpha);
            tables.get("sqrt_one_minus_alphas_cumprod")[t] = (float) Math.sqrt(1 - alpha);
            tables.get("log_one_minus_alphas_cumprod")[t] = (float) Math.log(1 - alpha);
            tables.get("sqrt_recip_alphas_cumprod")[t] = (float) Math.sqrt(1 / alpha);
            tables.get("sqrt_recipm1_alphas_cumprod")[t] = (float) Math.sqrt(1 / alpha - 1);
            tables.get("posterior_variance")[t] = (float) variance;
            tables.get("posterior_log_variance_clipped")[t] = (float) Math.log(Math.max(variance, 1e-20));
            tables.get("posterior_mean_coef1")[t] = (float) (beta * Math.sqrt(previous) / (1 - alpha));
            tables.get("posterior_mean_coef2")[t] = (float) ((1 - previous) * Math.sqrt(1 - beta) / (1 - alpha));
            previous = alpha;
        }
        return tables;
    }
}
