package stablediffusion.model.sampler;

import stablediffusion.model.UserException;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * The samplers by their names. Spelling is free: "dpm++2m", "DPM++ 2M", "dpmpp_2m" and "k_dpmpp_2m" are one.
 */
public final class Samplers {

    /** The default of the original scripts, and of this project. */
    public static final String DEFAULT = "plms";

    private static final List<Entry> ENTRIES = List.of(
            new Entry("ddim", "Song et al. 2021; takes eta, 0 if not given", 0, Ddim::new),
            new Entry("plms", "Liu et al. 2022; as in the original scripts", new Plms(), "pndm"),
            new Entry("euler", "Karras et al. 2022, first order", new Euler()),
            new Entry("euler_a", "Euler with fresh noise each step; takes eta", 1, EulerAncestral::new),
            new Entry("heun", "Karras et al. 2022, second order, two calls a step", new Heun()),
            new Entry("dpm2", "Lu et al. 2022, midpoint, two calls a step", new Dpm2(0)),
            new Entry("dpm2_a", "dpm2 with fresh noise each step; takes eta", 1, Dpm2::new),
            new Entry("lms", "linear multi-step, order 4", new Lms()),
            new Entry("dpm++2s_a", "DPM-Solver++(2S) with fresh noise, two calls a step; takes eta", 1, DpmPlusPlus2sAncestral::new),
            new Entry("dpm++2m", "DPM-Solver++(2M): good in 20 steps", new DpmPlusPlus2m(), "dpmsolver", "dpmsolver++"),
            new Entry("dpm++2m_sde", "DPM-Solver++(2M) with fresh noise; takes eta", 1, DpmPlusPlus2mSde::new),
            new Entry("unipc", "UniPC, order 2: good in 10 to 20 steps", new UniPc()),
            new Entry("lcm", "for models distilled to latent consistency: 4 to 8 steps", new Lcm()));

    private Samplers() {}

    private interface WithEta {
        Sampler with(double eta);
    }

    private record Entry(String name, String description, List<String> aliases, OptionalDouble defaultEta, WithEta factory) {
        Entry(String name, String description, Sampler sampler, String... aliases) {
            this(name, description, List.of(aliases), OptionalDouble.empty(), eta -> sampler);
        }

        Entry(String name, String description, double defaultEta, WithEta factory) {
            this(name, description, List.of(), OptionalDouble.of(defaultEta), factory);
        }

        boolean answersTo(String plainName) {
            return plain(name).equals(plainName) || aliases.stream().anyMatch(alias -> plain(alias).equals(plainName));
        }
    }

    /** All names, for help. */
    public static List<String> names() {
        return ENTRIES.stream().map(Entry::name).toList();
    }

    /** A few words on a sampler, for help. */
    public static String description(String name) {
        return find(name).description();
    }

    /** The one spelling that {@link #names()} has. */
    public static String canonicalName(String name) {
        return find(name).name();
    }

    /**
     * @throws UserException with the nearest name where there is none of this
     */
    public static Sampler byName(String name) {
        Entry entry = find(name);
        return entry.factory().with(entry.defaultEta().orElse(0));
    }

    /**
     * @param eta how much fresh noise: 0 none, 1 as much as the reverse process has
     * @throws UserException also where the sampler takes no eta
     */
    public static Sampler byName(String name, double eta) {
        Entry entry = find(name);
        if (entry.defaultEta().isEmpty()) {
            throw new UserException("sampler " + entry.name() + " adds no noise, so it takes no eta: leave that away");
        }
        if (!(eta >= 0 && eta <= 1)) {
            throw new UserException("eta " + eta + " is not between 0 and 1");
        }
        return entry.factory().with(eta);
    }

    private static Entry find(String name) {
        String wanted = plain(name);
        return ENTRIES.stream()
                .filter(entry -> entry.answersTo(wanted))
                .findFirst()
                .orElseThrow(() -> new UserException("there is no sampler '" + name + "': did you mean " + nearest(wanted)
                        + "? There are " + String.join(", ", names())));
    }

    private static String nearest(String plainName) {
        return names().stream().min(Comparator.comparingInt(name -> editDistance(plain(name), plainName))).orElseThrow();
    }

    /** Without what the spellings of other tools differ in. */
    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT)
                .replaceFirst("^(k|sample)_", "")
                .replace("++", "pp")
                .replace("ancestral", "a")
                .replaceAll("[ _-]", "");
    }

    /** Levenshtein's distance: insertions, deletions and replacements that lead from one text to the other. */
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
