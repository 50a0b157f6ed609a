package stablediffusion.cli.output;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.OutputFile;
import stablediffusion.model.UserException;
import stablediffusion.model.image.PictureFile;
import stablediffusion.model.text.LowerCase;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Chooses the files that images are written to. A name that this run has used already gets a number; the default name also gets one if such
 * a file exists.
 */
public final class OutputNames {
    private static final String FOLDER = "out";
    private static final String DEFAULT = "{prompt}-{seed}.png";
    private static final Pattern FIELD = Pattern.compile("\\{(\\w*)}");
    private static final Set<String> FIELDS =
            Set.of("prompt", "seed", "index", "sampler", "steps", "cfg", "width", "height", "model");
    /** Characters that names of files shall not contain; of dots, those that are not in a number. */
    private static final Pattern UNFIT = Pattern.compile("[^\\p{L}\\p{N}.+_]|\\.(?!\\p{N})");
    private static final int LONGEST = 60;
    /** Characters of the settings beside the prompts: paths of pictures are the longest. */
    private static final int SETTINGS = 10_000;

    private final String pattern;
    private final boolean overwrites;
    private final Set<Path> taken = new HashSet<>();

    /**
     * @param folder of the files, where one was named apart
     * @param wanted a file's name with fields, or a folder
     * @throws UserException where it has an unknown field, is no picture's name, or is in a place that cannot be written to
     */
    public OutputNames(Optional<Path> folder, Optional<String> wanted) {
        if (wanted.filter(String::isBlank).isPresent()) {
            throw new InvalidRequestException("the name of the picture to write is empty: leave the option out for a name that is made up");
        }
        boolean isFolder = wanted.map(OutputNames::isFolder).orElse(true);
        String name = isFolder ? wanted.orElse(folder.isPresent() ? "." : FOLDER) + "/" + DEFAULT : withEnding(wanted.get());
        this.pattern = folder.map(path -> path.resolve(name).toString()).orElse(name);
        this.overwrites = !isFolder;
        Matcher field = FIELD.matcher(pattern);
        while (field.find()) {
            if (!FIELDS.contains(field.group(1))) {
                throw new InvalidRequestException("the name " + pattern + " has a field " + field.group() + " that is not known: there are "
                        + String.join(", ", new TreeSet<>(FIELDS)));
            }
        }
        OutputFile.requireWritable(Path.of(pattern));
        PictureFile.requireFormat(Path.of(pattern));
    }

    /**
     * Checks early whether the files can hold the prompts that made their images.
     *
     * @throws UserException if not
     */
    public void requireRoom(String prompt, String negativePrompt) {
        PictureFile.requireRoom(Path.of(pattern), prompt.length() + negativePrompt.length() + SETTINGS);
    }

    /** Returns the file for an image; no two calls return the same. */
    public Path next(Map<String, String> fields) {
        String name = FIELD.matcher(pattern).replaceAll(field -> Matcher.quoteReplacement(inName(fields.get(field.group(1)))));
        return unused(Path.of(name).normalize());
    }

    /** Returns a file beside another one that was not used yet either. */
    public Path beside(Path file, String suffix) {
        return unused(numbered(file, suffix));
    }

    private Path unused(Path file) {
        Path unused = file;
        for (int i = 2; taken.contains(unused) || !overwrites && Files.exists(unused); i++) {
            unused = numbered(file, "-" + i);
        }
        taken.add(unused);
        return unused;
    }

    /** Inserts a suffix before the ending: star.png and -2 to star-2.png. */
    static Path numbered(Path file, String suffix) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return file.resolveSibling(name.substring(0, dot) + suffix + name.substring(dot));
    }

    private static boolean isFolder(String name) {
        return name.endsWith("/") || name.endsWith("\\") || Files.isDirectory(Path.of(name));
    }

    private static String withEnding(String name) {
        Path path = Path.of(name);
        // A device has no ending, and /dev/full.png is not what /dev/full means.
        return path.getFileName().toString().contains(".") || Files.exists(path) ? name : name + ".png";
    }

    private static String inName(String value) {
        String words = UNFIT.matcher(LowerCase.of(value)).replaceAll("-").replaceAll("-+", "-").replaceAll("^[-.]+|-$", "");
        String shortened = words.substring(0, Math.min(LONGEST, words.length()));
        if (!shortened.isEmpty() && Character.isHighSurrogate(shortened.charAt(shortened.length() - 1))) {
            shortened = shortened.substring(0, shortened.length() - 1);
        }
        return shortened.isEmpty() ? "picture" : shortened;
    }
}
