package stablediffusion.cli.output;

import stablediffusion.library.SettingNames;
import stablediffusion.model.UserException;
import stablediffusion.model.image.Parameters;
import stablediffusion.model.random.Rng;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.sampler.Schedule;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes the command that makes an image again.
 *
 * @param words as a shell passes them on
 * @param leftOut settings that this program has nothing for
 */
public record RecreateCommand(List<String> words, List<String> leftOut) {
    private static final Set<String> WITHOUT_INFLUENCE = Set.of("Version", "Model hash", "VAE hash");
    private static final Set<String> USUAL_SCHEDULES = Set.of("Automatic", Schedule.DISCRETE.webUiName());
    private static final Map<String, Schedule> SCHEDULES = Stream.of(Schedule.values())
            .filter(schedule -> schedule != Schedule.DISCRETE)
            .collect(Collectors.toMap(Schedule::webUiName, Function.identity()));
    private static final Pattern SIZE = Pattern.compile("\\d+x\\d+");
    private static final Pattern PLAIN = Pattern.compile("[\\w./:=+,@%-]+");

    public static RecreateCommand of(Parameters parameters) {
        Builder builder = new Builder(parameters.settings());
        builder.words.addAll(List.of("sd", "generate"));
        if (parameters.prompt().startsWith("-")) {
            builder.words.add("--prompt=" + parameters.prompt());
        } else {
            builder.words.add(parameters.prompt());
        }
        if (!parameters.negativePrompt().isEmpty()) {
            builder.option("-n", parameters.negativePrompt());
        }
        builder.settings();
        return new RecreateCommand(builder.words, List.copyOf(builder.settings.keySet()));
    }

    /** Returns the command in one line, quoted for a shell. */
    public String text() {
        return words.stream().map(RecreateCommand::quoted).collect(Collectors.joining(" "));
    }

    private static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /** Takes one setting after another out of those that are left. */
    private static final class Builder {
        private final List<String> words = new ArrayList<>();
        private final Map<String, String> settings;

        Builder(Map<String, String> settings) {
            this.settings = new LinkedHashMap<>(settings);
            this.settings.keySet().removeAll(WITHOUT_INFLUENCE);
        }

        void settings() {
            sampler();
            take("Steps", "--steps");
            take("CFG scale", "--cfg-scale");
            take("Seed", "--seed");
            // Without a word on it, the web UI draws its noise on the GPU.
            String noise = settings.remove("RNG");
            if (noise == null || !noise.equals(Rng.CPU.webUiName())) {
                option("--rng", "cuda");
            }
            if (SIZE.matcher(settings.getOrDefault("Size", "")).matches()) {
                String[] size = settings.remove("Size").split("x");
                option("-W", size[0]);
                option("-H", size[1]);
            }
            take("Clip skip", "--clip-skip");
            take("Eta DDIM", "--eta");
            take("Eta", "--eta");
            take(SettingNames.INITIAL_IMAGE, "--init-img");
            if (words.contains("--init-img")) {
                take("Denoising strength", "--strength");
                take(SettingNames.MASK, "--mask");
            }
            if (settings.remove(SettingNames.PROMPT_STYLE, SettingNames.LITERAL)) {
                words.add("--literal");
            }
            take("Model", "--model");
        }

        private void sampler() {
            String sampler = settings.getOrDefault("Sampler", "");
            String schedule = settings.getOrDefault("Schedule type", "");
            // Before it had a setting of its own, the schedule was the last word of the sampler.
            String last = sampler.substring(sampler.lastIndexOf(' ') + 1);
            if (SCHEDULES.containsKey(last)) {
                sampler = sampler.substring(0, sampler.length() - last.length()).strip();
                schedule = last;
            }
            try {
                option("--sampler", Samplers.find(sampler).name());
                settings.remove("Sampler");
            } catch (UserException unknown) {
                return;
            }
            if (SCHEDULES.containsKey(schedule)) {
                option("--schedule", SCHEDULES.get(schedule).label());
                settings.remove("Schedule type");
            } else if (USUAL_SCHEDULES.contains(schedule)) {
                settings.remove("Schedule type");
            }
        }

        private void take(String setting, String option) {
            String value = settings.remove(setting);
            if (value != null) {
                option(option, value);
            }
        }

        void option(String name, String value) {
            words.add(name);
            words.add(value);
        }
    }
}
