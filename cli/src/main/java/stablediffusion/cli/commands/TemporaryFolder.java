package stablediffusion.cli.commands;

import stablediffusion.model.FileFailure;
import stablediffusion.model.UserException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Holds files that are needed for a while, and deletes them at the end, also if the program is interrupted. */
final class TemporaryFolder implements AutoCloseable {
    private final Path folder;
    private final Thread hook = new Thread(this::delete, "delete temporary files");

    private TemporaryFolder(Path folder) {
        this.folder = folder;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Makes a folder in that of a file, which may need more room than the system's folder for temporary files has. */
    static TemporaryFolder beside(Path file) {
        Path parent = file.toAbsolutePath().getParent();
        try {
            return new TemporaryFolder(Files.createTempDirectory(parent, ".sd-compare-"));
        } catch (IOException e) {
            throw new UserException("cannot make a folder in " + parent + ": " + FileFailure.reason(e), e);
        }
    }

    Path path() {
        return folder;
    }

    @Override
    public void close() {
        delete();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyShuttingDown) {
            // The hook runs.
        }
    }

    private void delete() {
        try (var files = Files.list(folder)) {
            List<Path> all = files.toList();
            for (Path file : all) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (IOException alreadyGone) {
            // The other of the two threads that may be here deletes it.
        }
    }
}
