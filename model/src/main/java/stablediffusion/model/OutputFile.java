package stablediffusion.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/** Writes files that appear whole or not at all. */
public final class OutputFile {
    private OutputFile() {}

    /**
     * Checks early, and without writing anything, whether a file can be written.
     *
     * @throws UserException where it is no plain file, or its folder cannot be written to, or does not exist and cannot be made
     */
    public static void requireWritable(Path file) {
        if (Files.isDirectory(file)) {
            throw new UserException("cannot write " + file + ": it is a folder");
        }
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new UserException("cannot write " + file + ": it is a device or a pipe, and no file");
        }
        Path folder = file.toAbsolutePath().getParent();
        while (!Files.exists(folder)) {
            folder = folder.getParent();
        }
        if (!Files.isDirectory(folder)) {
            throw new UserException("cannot write " + file + ": " + folder + " is not a folder");
        }
        if (!Files.isWritable(folder)) {
            throw new UserException("cannot write " + file + ": " + folder + " is read-only, or belongs to another user",
                    Remedy.NAME_OUTPUT_FOLDER);
        }
    }

    /**
     * Writes a file; one that exists is replaced, and missing folders are made. On failure nothing is left behind.
     *
     * @throws UserException where it cannot be written
     */
    public static void write(Path file, byte[] bytes) {
        requireWritable(file);
        try {
            replace(file.toAbsolutePath(), bytes);
        } catch (IOException e) {
            throw new UserException("cannot write " + file + ": " + FileFailure.reason(e), e);
        }
    }

    private static void replace(Path file, byte[] bytes) throws IOException {
        Files.createDirectories(file.getParent());
        Path beside = temporary(file);
        try {
            // A new file: in a folder that others write to as well, a link of this name must not lead elsewhere.
            Files.write(beside, bytes, StandardOpenOption.CREATE_NEW);
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(beside);
        }
    }

    /** Returns a name that nobody can foresee. It is short, so that it fits where the file's own name does. */
    private static Path temporary(Path file) {
        return file.resolveSibling(".%016x.part".formatted(ThreadLocalRandom.current().nextLong()));
    }
}
