package stablediffusion.cli;

import java.util.Map;

/** What the AUTOMATIC1111 web UI calls things in a picture's parameters. */
final class WebUiNames {
    private static final Map<String, String> SAMPLERS = Map.ofEntries(
            Map.entry("ddim", "DDIM"),
            Map.entry("plms", "PLMS"),
            Map.entry("euler", "Euler"),
            Map.entry("euler_a", "Euler a"),
            Map.entry("heun", "Heun"),
            Map.entry("dpm2", "DPM2"),
            Map.entry("dpm2_a", "DPM2 a"),
            Map.entry("lms", "LMS"),
            Map.entry("dpm++2s_a", "DPM++ 2S a"),
            Map.entry("dpm++2m", "DPM++ 2M"),
            Map.entry("dpm++2m_sde", "DPM++ 2M SDE"),
            Map.entry("unipc", "UniPC"),
            Map.entry("lcm", "LCM"));

    private WebUiNames() {}

    /** @param sampler in this program's spelling; {@link stablediffusion.model.sampler.Samplers} understands both */
    static String ofSampler(String sampler) {
        return SAMPLERS.getOrDefault(sampler, sampler);
    }

    /** Whether a sampler leaves the choice of a schedule. */
    static boolean hasSchedule(String sampler) {
        return switch (sampler) {
            case "ddim", "plms", "lcm" -> false;
            default -> true;
        };
    }

    /** The web UI keeps eta of DDIM and of all others apart. */
    static String eta(String sampler) {
        return sampler.equals("ddim") ? "Eta DDIM" : "Eta";
    }
}
