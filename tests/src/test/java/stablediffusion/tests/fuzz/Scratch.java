package stablediffusion.tests.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Holds the files of one case. */
final class Scratch {
    private final Path folder;
    private final Set<Path> expected = new HashSet<>();

    Scratch(Path folder) {
        this.folder = folder;
    }

    Path folder() {
        return folder;
    }

    /** Writes an input. */
    Path input(String name, byte[] bytes) {
        try {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            expected.add(Files.write(file, bytes));
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a name for what the case may write. It may be there only if the case succeeds, see {@link #failed}. */
    Path output(String name) {
        Path file = folder.resolve(name);
        expected.add(file);
        return file;
    }

    /** Records that the case ended with an error message, after which no output may be there. */
    void failed(Path output) {
        expected.remove(output);
    }

    /** Returns what is there and should not be. */
    List<Path> leftBehind() {
        List<Path> left = new ArrayList<>();
        for (Path file : files(folder)) {
            if (!Files.isDirectory(file) && expected.stream().noneMatch(file::startsWith)) {
                left.add(folder.relativize(file));
            }
        }
        return left;
    }

    /** Returns all that is in the folder, the deepest first. */
    static List<Path> files(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.sorted(Comparator.reverseOrder()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void clear() {
        folder.toFile().mkdirs();
        for (Path file : files(folder)) {
            if (!file.equals(folder)) {
                file.toFile().delete();
            }
        }
        expected.clear();
    }
}
