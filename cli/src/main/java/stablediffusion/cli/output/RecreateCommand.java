package stablediffusion.cli.output;

import stablediffusion.library.SettingNames;
import stablediffusion.model.Printable;
import stablediffusion.model.UserException;
import stablediffusion.model.image.Parameters;
import stablediffusion.model.pipeline.MaskFill;
import stablediffusion.model.random.Rng;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.sampler.Schedule;

import java.nio.charset.StandardCharsets;
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
    private static final Set<String> WITHOUT_INFLUENCE = Set.of("Version", "Model hash", "VAE hash", "Batch size", "Batch pos");
    private static final Set<String> USUAL_SCHEDULES = Set.of("Automatic", Schedule.DISCRETE.webUiName());
    private static final Map<String, Schedule> SCHEDULES = Stream.of(Schedule.values())
            .filter(schedule -> schedule != Schedule.DISCRETE)
            .collect(Collectors.toMap(Schedule::webUiName, Function.identity()));
    private static final Pattern NUMBER = Pattern.compile("-\\d+(\\.\\d+)?");
    private static final Pattern SIZE = Pattern.compile("\\d+x\\d+");
    /** Words that no shell changes; "=" at the begin means something to zsh. */
    private static final Pattern PLAIN = Pattern.compile("[\\w./:+,@%-][\\w./:=+,@%-]*");
    private static final int OCTAL_DIGITS = 3;

    public static RecreateCommand of(Parameters parameters) {
        Builder builder = new Builder(parameters.settings());
        builder.words.addAll(List.of("sd", "generate"));
        boolean likeAnOption = parameters.prompt().startsWith("-");
        if (!likeAnOption) {
            builder.words.add(parameters.prompt());
        }
        if (!parameters.negativePrompt().isEmpty()) {
            // White space before a prompt means nothing, and with it no prompt looks like an option.
            builder.option("-n", (parameters.negativePrompt().startsWith("-") ? " " : "") + parameters.negativePrompt());
        }
        builder.settings();
        if (likeAnOption) {
            builder.words.addAll(List.of("--", parameters.prompt()));
        }
        return new RecreateCommand(builder.words, List.copyOf(builder.settings.keySet()));
    }

    /** Returns the command in one line, quoted for a shell. */
    public String text() {
        return words.stream().map(RecreateCommand::quoted).collect(Collectors.joining(" "));
    }

    private static String quoted(String word) {
        if (PLAIN.matcher(word).matches()) {
            return word;
        }
        return Printable.line(word).equals(word) ? "'" + word.replace("'", "'\\''") + "'" : printed(word);
    }

    /** Has printf write a word with line breaks or control characters, so that the command is one line that a terminal only shows. */
    private static String printed(String word) {
        StringBuilder format = new StringBuilder();
        word.codePoints().filter(character -> character != 0).forEach(character -> {
            String text = Character.toString(character);
            boolean isOption = format.isEmpty() && character == '-';
            boolean shown = Printable.line(text).equals(text) && "'\\%!".indexOf(character) < 0 && !isOption;
            if (shown) {
                format.append(text);
            } else {
                for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
                    String octal = Integer.toOctalString(value & 0xff);
                    format.append('\\').append("0".repeat(OCTAL_DIGITS - octal.length())).append(octal);
                }
            }
        });
        return "\"$(printf '" + format + "')\"";
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
            if (words.contains("--mask")) {
                mask();
            }
            if (settings.remove(SettingNames.PROMPT_STYLE, SettingNames.LITERAL)) {
                words.add("--literal");
            }
            take("Model", "--model");
        }

        private void mask() {
            String content = settings.get(SettingNames.MASK_FILL);
            Stream.of(MaskFill.values()).filter(fill -> fill.webUiName().equals(content)).findFirst().ifPresent(fill -> {
                option("--mask-fill", fill.label());
                settings.remove(SettingNames.MASK_FILL);
            });
            if (settings.remove(SettingNames.INPAINT_AREA, SettingNames.ONLY_MASKED)) {
                take(SettingNames.MASK_PADDING, "--mask-padding");
            }
        }

        private void sampler() {
            String sampler = settings.getOrDefault("Sampler", "");
            String schedule = settings.getOrDefault("Schedule type", "");
            try {
                // Before it had a setting of its own, the schedule was the last word of the sampler.
                Samplers.Scheduled named = Samplers.findScheduled(sampler);
                option("--sampler", named.type().name());
                settings.remove("Sampler");
                schedule = named.schedule().map(Schedule::webUiName).orElse(schedule);
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

        /** Takes a setting as the value of an option, unless the value looks like an option itself. */
        private void take(String setting, String option) {
            String value = settings.get(setting);
            if (value != null && (!value.startsWith("-") || NUMBER.matcher(value).matches())) {
                option(option, value);
                settings.remove(setting);
            }
        }

        void option(String name, String value) {
            words.add(name);
            words.add(value);
        }
    }
}
