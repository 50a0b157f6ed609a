package stablediffusion.weights;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The tables of the noise schedule that CompVis' code keeps in a checkpoint ({@code DDPM.register_schedule}; names and formulas of Ho et
 * al., 2020). Nothing here reads them from there: they follow from the schedule.
 */
final class ScheduleBuffers {
    static final int TIMESTEPS = 1000;

    private ScheduleBuffers() {}

    /** Every table by its name, in the order of the original. */
    static Map<String, float[]> tables() {
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
        double first = Math.sqrt(0.00085);
        double last = Math.sqrt(0.012);
        double previous = 1;
        for (int t = 0; t < TIMESTEPS; t++) {
            double beta = Math.pow(first + (last - first) * t / (TIMESTEPS - 1), 2);
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
