package stablediffusion.weights;

import stablediffusion.model.FileFailure;
import stablediffusion.model.UserException;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Writes a file or a folder that appears under its name only when it is complete: it is written under a temporary name, renamed by
 * {@link #commit()}, and removed if it is closed before that or the process ends (Ctrl-C).
 */
final class StagedOutput implements AutoCloseable {
    private static final String REPLACED = "-replaced";
    private static final Pattern STAGING =
            Pattern.compile("\\.(?<target>.+)\\.unfinished-(?<process>[0-9]{1,18})-(?<start>[0-9]{1,18})(?<replaced>" + REPLACED + ")?");
    /** Systems tell the start of a process to some hundredths of a second, and their clocks are corrected now and then. */
    private static final long CLOCK_ERROR_MILLIS = 10_000;

    private final Path target;
    private final Path staging;
    private final Deque<Path> createdParents = new ArrayDeque<>();
    private final List<FileChannel> channels = new ArrayList<>();
    private final Thread atExit = new Thread(this::discard, "remove unfinished output");
    private boolean finished;

    private StagedOutput(Path target) {
        this.target = target.toAbsolutePath().normalize();
        ProcessHandle writer = ProcessHandle.current();
        this.staging =
                this.target.resolveSibling("." + this.target.getFileName() + ".unfinished-" + writer.pid() + "-" + startMillis(writer));
    }

    /**
     * Finishes what killed processes left behind in a folder: what they had written is removed, and what they were about to replace is put back
     * if it is missing under its name. Renaming takes two steps, and a process can be killed between them.
     */
    static void recover(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Matcher name = STAGING.matcher(file.getFileName().toString());
                if (name.matches() && !isRunning(Long.parseLong(name.group("process")), Long.parseLong(name.group("start")))) {
                    Path target = folder.resolve(name.group("target"));
                    if (name.group("replaced") != null && !Files.exists(target)) {
                        Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
                    } else {
                        removeTree(file);
                    }
                }
            }
        }
    }

    /** Returns whether a process is running. Its start tells it from a later one of the same number, which in containers is usual. */
    private static boolean isRunning(long process, long start) {
        return ProcessHandle.of(process).filter(found -> Math.abs(startMillis(found) - start) <= CLOCK_ERROR_MILLIS).isPresent();
    }

    /** Returns when a process was started, or 0 where the system does not say. */
    private static long startMillis(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    /** Begins a folder; an existing one is replaced by {@link #commit()}. */
    static StagedOutput folder(Path target) throws IOException {
        StagedOutput output = new StagedOutput(target);
        output.begin(() -> Files.createDirectory(output.staging));
        return output;
    }

    /** Begins a file. */
    static StagedOutput file(Path target) throws IOException {
        if (Files.isDirectory(target)) {
            throw new FileSystemException(target.toString(), null, "it is a directory");
        }
        StagedOutput output = new StagedOutput(target);
        output.begin(() -> Files.createFile(output.staging));
        return output;
    }

    private interface Creation {
        Path create() throws IOException;
    }

    private void begin(Creation creation) throws IOException {
        Runtime.getRuntime().addShutdownHook(atExit);
        try {
            for (Path missing = target.getParent(); !Files.exists(missing); missing = missing.getParent()) {
                createdParents.push(missing);
            }
            Files.createDirectories(target.getParent());
            recover(target.getParent());
            creation.create();
        } catch (IOException failure) {
            close();
            throw failure;
        }
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
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        channels.add(channel);
        return channel;
    }

    /** Closes all channels and renames the output to its final name. */
    synchronized void commit() throws IOException {
        if (finished) {
            throw new IOException("the process is ending");
        }
        for (FileChannel channel : channels) {
            channel.close();
        }
        if (Files.isDirectory(target)) {
            Path replaced = staging.resolveSibling(staging.getFileName() + REPLACED);
            Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
            try {
                Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException failure) {
                Files.move(replaced, target, StandardCopyOption.ATOMIC_MOVE);
                throw failure;
            }
            finished = true;
            removeTree(replaced);
        } else {
            Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
            finished = true;
        }
    }

    @Override
    public void close() {
        try {
            for (FileChannel channel : channels) {
                channel.close();
            }
        } catch (IOException lateFailure) {
            // Output that was not committed is removed anyway; committed output is closed already.
        }
        discard();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException ending) {
            // The hook is running now, or has run.
        }
    }

    /** Removes the output. Channels stay open: at exit other threads still write to them and must not fail. */
    private synchronized void discard() {
        if (finished) {
            return;
        }
        finished = true;
        try {
            if (Files.exists(staging)) {
                removeTree(staging);
            }
            for (Path parent : createdParents.reversed()) {
                Files.deleteIfExists(parent);
            }
        } catch (DirectoryNotEmptyException othersFile) {
            // Another program uses a folder that was created here: it stays.
        } catch (IOException failure) {
            throw new UserException("could not remove the unfinished " + staging + ": " + FileFailure.reason(failure), failure);
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
