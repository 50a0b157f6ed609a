package stablediffusion.bench;

import stablediffusion.model.FileFailure;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.OutputFile;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Keeps measurements over time in a file with one report in JSON per line.
 */
public final class History {
    private History() {}

    /** Holds a line of the file: a report of either kind. */
    public record Entry(Optional<ModelReport> model, Optional<KernelReport> kernels) {
        /** Returns the environment of the report. */
        public Environment environment() {
            return model.map(ModelReport::environment).or(() -> kernels.map(KernelReport::environment)).orElseThrow();
        }
    }

    /**
     * Appends a report; the file is created if it is missing.
     *
     * @throws UserException if the file cannot be written
     */
    public static void append(Path file, ModelReport report) {
        append(file, new Entry(Optional.of(report), Optional.empty()));
    }

    /**
     * Appends a report; the file is created if it is missing.
     *
     * @throws UserException if the file cannot be written
     */
    public static void append(Path file, KernelReport report) {
        append(file, new Entry(Optional.empty(), Optional.of(report)));
    }

    /**
     * Checks early whether a report can be appended.
     *
     * @throws UserException where it cannot
     */
    public static void requireWritable(Path file) {
        if (!Files.isRegularFile(file)) {
            OutputFile.requireWritable(file);
        } else if (!Files.isWritable(file)) {
            throw new UserException("cannot add to the history " + file + ": it is read-only, or belongs to another user");
        }
    }

    private static void append(Path file, Entry entry) {
        try {
            Path parent = file.toAbsolutePath().getParent();
            Files.createDirectories(parent);
            Files.writeString(file, Json.line(entry) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UserException("cannot add to the history " + file + ": " + FileFailure.reason(e), e);
        }
    }

    /**
     * Reads all reports of a file.
     *
     * @throws UserException if the file is missing, or a line is not a report; the message names the line
     */
    public static List<Entry> read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new InvalidRequestException("there is no history " + file, Remedy.RECORD_HISTORY);
        }
        try {
            List<Entry> entries = new ArrayList<>();
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (!lines.get(i).isBlank()) {
                    entries.add(parse(lines.get(i), file + ", line " + (i + 1)));
                }
            }
            return entries;
        } catch (IOException e) {
            throw new UserException("cannot read the history " + file + ": " + FileFailure.reason(e), e);
        }
    }

    private static Entry parse(String line, String where) {
        Entry entry = Json.parse(line, Entry.class, where);
        if (entry.model().isEmpty() && entry.kernels().isEmpty()) {
            throw new UserException(where + " holds no measurement");
        }
        return entry;
    }
}
