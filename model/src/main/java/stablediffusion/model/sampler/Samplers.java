package stablediffusion.model.sampler;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Lists the samplers and finds them by name. Spelling is free: "dpm++2m", "DPM++ 2M", "dpmpp_2m" and "k_dpmpp_2m" are one.
 */
public final class Samplers {

    /** The default of the original scripts, and of this project. */
    public static final String DEFAULT = "plms";

    private static final List<SamplerType> TYPES = List.of(
            Ddim.TYPE,
            Plms.TYPE,
            Euler.TYPE,
            EulerAncestral.TYPE,
            Heun.TYPE,
            Dpm2.TYPE,
            Dpm2.ANCESTRAL_TYPE,
            Lms.TYPE,
            DpmPlusPlus2sAncestral.TYPE,
            DpmPlusPlus2m.TYPE,
            DpmPlusPlus2mSde.TYPE,
            UniPc.TYPE,
            Lcm.TYPE);

    private Samplers() {}

    /** Returns the names of all samplers, for help. */
    public static List<String> names() {
        return TYPES.stream().map(SamplerType::name).toList();
    }

    /**
     * Finds a sampler by its name, its name in the web UI or an alias.
     *
     * @throws UserException with the nearest name where there is none of this
     */
    public static SamplerType find(String name) {
        String wanted = plain(name);
        return TYPES.stream()
                .filter(type -> answersTo(type, wanted))
                .findFirst()
                .orElseThrow(() -> new InvalidRequestException("there is no sampler '" + name + "': did you mean " + nearest(wanted)
                        + "? There are " + String.join(", ", names())));
    }

    /** Holds a sampler and the schedule that was named with it. */
    public record Scheduled(SamplerType type, Optional<Schedule> schedule) {}

    /**
     * Finds a sampler by its name, which may have a schedule as its last word: "DPM++ 2M Karras".
     *
     * @throws UserException with the nearest name where there is none of this
     */
    public static Scheduled findScheduled(String name) {
        int space = name.strip().lastIndexOf(' ');
        String last = name.strip().substring(space + 1);
        Optional<Schedule> schedule = space < 0 ? Optional.empty()
                : Arrays.stream(Schedule.values()).filter(candidate -> candidate.label().equalsIgnoreCase(last)
                        || candidate.webUiName().equalsIgnoreCase(last)).findFirst();
        return new Scheduled(find(schedule.isPresent() ? name.strip().substring(0, space) : name), schedule);
    }

    private static boolean answersTo(SamplerType type, String plainName) {
        return Stream.concat(Stream.of(type.name(), type.webUiName()), type.aliases().stream())
                .anyMatch(name -> plain(name).equals(plainName));
    }

    private static String nearest(String plainName) {
        return names().stream().min(Comparator.comparingInt(name -> editDistance(plain(name), plainName))).orElseThrow();
    }

    /** Returns a name without what the spellings of other tools differ in. */
    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT)
                .replaceFirst("^(k|sample)_", "")
                .replace("++", "pp")
                .replace("ancestral", "a")
                .replaceAll("[ _-]", "");
    }

    /** Computes Levenshtein's distance: insertions, deletions and replacements that lead from one text to the other. */
    private static int editDistance(String from, String to) {
        int[] above = new int[to.length() + 1];
        Arrays.setAll(above, i -> i);
        for (int i = 1; i <= from.length(); i++) {
            int[] row = new int[to.length() + 1];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = above[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, 1 + Math.min(above[j], row[j - 1]));
            }
            above = row;
        }
        return above[to.length()];
    }
}
