package stablediffusion.weights;

import stablediffusion.model.UserException;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A file or a folder that appears under its name when it is complete, and not at all otherwise: it is written beside, renamed by
 * {@link #commit()}, and removed when it is closed before that, or when the process ends (Ctrl-C).
 */
final class StagedOutput implements AutoCloseable {
    private final Path target;
    private final Path staging;
    private final Deque<Path> createdParents = new ArrayDeque<>();
    private final List<FileChannel> channels = new ArrayList<>();
    private final Thread atExit = new Thread(this::discard, "remove unfinished output");
    private boolean finished;

    private StagedOutput(Path target) throws IOException {
        this.target = target.toAbsolutePath().normalize();
        Path parent = this.target.getParent();
        this.staging = parent.resolve("." + this.target.getFileName() + ".unfinished-" + ProcessHandle.current().pid());
        Runtime.getRuntime().addShutdownHook(atExit);
        for (Path missing = parent; !Files.exists(missing); missing = missing.getParent()) {
            createdParents.push(missing);
        }
        Files.createDirectories(parent);
    }

    /** A folder; one that is there already is replaced in the end. */
    static StagedOutput folder(Path target) throws IOException {
        StagedOutput output = new StagedOutput(target);
        try {
            Files.createDirectory(output.staging);
        } catch (IOException failure) {
            output.close();
            throw failure;
        }
        return output;
    }

    /** One file. */
    static StagedOutput file(Path target) throws IOException {
        if (Files.isDirectory(target)) {
            throw new FileAlreadyExistsException(target + " is a directory");
        }
        return new StagedOutput(target);
    }

    /** Opens the file itself for writing. */
    FileChannel open() throws IOException {
        return open(staging);
    }

    /** Opens a file in the folder for writing. */
    FileChannel open(String name) throws IOException {
        return open(staging.resolve(name));
    }

    private synchronized FileChannel open(Path file) throws IOException {
        if (finished) {
            throw new IOException("the process is ending");
        }
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        channels.add(channel);
        return channel;
    }

    /** Closes what was opened and gives it its name. */
    synchronized void commit() throws IOException {
        if (finished) {
            throw new IOException("the process is ending");
        }
        for (FileChannel channel : channels) {
            channel.close();
        }
        if (Files.isDirectory(target)) {
            Path replaced = staging.resolveSibling(staging.getFileName() + "-replaced");
            Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
            Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
            finished = true;
            removeTree(replaced);
        } else {
            Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
            finished = true;
        }
    }

    @Override
    public void close() {
        discard();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException ending) {
            // The hook is running now, or has run.
        }
    }

    private synchronized void discard() {
        if (finished) {
            return;
        }
        finished = true;
        try {
            for (FileChannel channel : channels) {
                channel.close();
            }
            removeTree(staging);
            for (Path parent : createdParents.reversed()) {
                Files.deleteIfExists(parent);
            }
        } catch (DirectoryNotEmptyException othersFile) {
            // Somebody else used a folder that was made here: it stays.
        } catch (IOException failure) {
            throw new UserException("could not remove the unfinished " + staging + ": " + failure.getMessage(), failure);
        }
    }

    private static void removeTree(Path root) throws IOException {
        if (Files.isDirectory(root)) {
            try (var files = Files.list(root)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
        }
        Files.deleteIfExists(root);
    }
}
