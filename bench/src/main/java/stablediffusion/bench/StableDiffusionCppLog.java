package stablediffusion.bench;

import stablediffusion.model.Printable;
import stablediffusion.model.UserException;
import stablediffusion.model.pipeline.Phase;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads what stable-diffusion.cpp writes with {@code --verbose}. */
final class StableDiffusionCppLog {
    private static final String UNKNOWN = "unknown";
    private static final String LOADING = "loading the networks";
    private static final String REST = "the rest: start-up, writing the picture";

    private static final Pattern LOADED = Pattern.compile("loading tensors completed, taking ([\\d.]+)s");
    private static final Pattern BEGUN = Pattern.compile(" - generate_image \\d+x\\d+");
    private static final Pattern FEATURE = Pattern.compile("(\\w+) = (\\d+)");
    private static final Pattern WEIGHTS = Pattern.compile(" - Weight type stat:\\s*(.*)");
    private static final Map<Phase, Pattern> PHASES = new LinkedHashMap<>();

    static {
        PHASES.put(Phase.ENCODE_PROMPT, Pattern.compile(" - get_learned_condition completed, taking ([\\d.]+)s"));
        PHASES.put(Phase.DENOISE, Pattern.compile(" - sampling completed, taking ([\\d.]+)s"));
        PHASES.put(Phase.DECODE_IMAGE, Pattern.compile(" - decode_first_stage completed, taking ([\\d.]+)s"));
    }

    private final List<String> lines;

    StableDiffusionCppLog(String output) {
        // Progress overwrites its line.
        lines = output.replace('\r', '\n').lines().toList();
    }

    /** Returns the instruction sets and the like that it was built with, separated by commas. */
    String build() {
        int heading = lines.indexOf(find("System Info:").orElse(""));
        if (heading < 0 || heading + 1 == lines.size()) {
            return UNKNOWN;
        }
        String features = FEATURE.matcher(lines.get(heading + 1)).results()
                .filter(feature -> !feature.group(2).equals("0"))
                .map(feature -> feature.group(2).equals("1") ? feature.group(1) : feature.group())
                .collect(Collectors.joining(", "));
        return features.isEmpty() ? UNKNOWN : features;
    }

    /** Returns the types of the weights, each with the number of its tensors. */
    String weights() {
        return first(WEIGHTS)
                .map(found -> Printable.line(found.group(1).strip().replaceAll("\\s*\\|\\s*", ", ")))
                .orElse(UNKNOWN);
    }

    /** Returns the last error, or else the last line, as one line. */
    String reason() {
        return lines.reversed().stream()
                .filter(line -> line.startsWith("[ERROR]"))
                .findFirst()
                .map(line -> line.replaceFirst("^\\[ERROR\\] .*? - ", ""))
                .or(() -> lines.reversed().stream().filter(line -> !line.isBlank()).findFirst())
                .map(line -> Printable.message(line.strip()))
                .orElse("it wrote nothing");
    }

    /**
     * Returns the seconds of each phase; they add up to the total. Networks are loaded when they are first needed, which its times of the other
     * phases include and those returned here do not.
     *
     * @param total the time from the start of the program to its end
     * @throws UserException where the time of a phase is missing
     */
    Map<String, Double> phases(double total) {
        double loading = 0;
        double loadingWithin = 0;
        boolean begun = false;
        Map<String, Double> computing = new LinkedHashMap<>();
        for (String line : lines) {
            begun |= BEGUN.matcher(line).find();
            double loaded = seconds(LOADED, line).orElse(0.0);
            loading += loaded;
            loadingWithin += begun ? loaded : 0;
            for (Map.Entry<Phase, Pattern> phase : PHASES.entrySet()) {
                Optional<Double> taken = seconds(phase.getValue(), line);
                if (taken.isPresent()) {
                    computing.put(phase.getKey().description(), Math.max(0, taken.get() - loadingWithin));
                    loadingWithin = 0;
                }
            }
        }
        PHASES.keySet().stream().map(Phase::description).filter(phase -> !computing.containsKey(phase)).findFirst().ifPresent(missing -> {
            throw new UserException("this version of stable-diffusion.cpp writes no time for " + missing);
        });
        Map<String, Double> phases = new LinkedHashMap<>();
        phases.put(LOADING, loading);
        phases.putAll(computing);
        phases.put(REST, Math.max(0, total - phases.values().stream().mapToDouble(Double::doubleValue).sum()));
        return phases;
    }

    private static Optional<Double> seconds(Pattern pattern, String line) {
        Matcher matcher = pattern.matcher(line);
        return matcher.find() ? Optional.of(Double.valueOf(matcher.group(1))) : Optional.empty();
    }

    private Optional<String> find(String words) {
        return lines.stream().filter(line -> line.contains(words)).findFirst();
    }

    private Optional<MatchResult> first(Pattern pattern) {
        return lines.stream().flatMap(line -> pattern.matcher(line).results()).findFirst();
    }
}
