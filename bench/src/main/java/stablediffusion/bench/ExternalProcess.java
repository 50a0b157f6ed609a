package stablediffusion.bench;

import stablediffusion.model.UserException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Holds how a program ended.
 *
 * @param output what it wrote, to its error output too
 * @param seconds the time from its start to its end
 */
record ExternalProcess(int exitCode, String output, double seconds) {
    private static final double NANOSECONDS = 1e-9;

    /**
     * Runs a program to its end. It is killed where this one ends first.
     *
     * @param log the file that holds its output meanwhile
     * @param limit the time after which it is killed
     * @throws IOException if it does not start
     * @throws UserException if it takes too long, or this thread is interrupted
     */
    static ExternalProcess run(List<String> command, Path log, Duration limit) throws IOException {
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        Thread hook = new Thread(process::destroyForcibly, "end " + command.getFirst());
        Runtime.getRuntime().addShutdownHook(hook);
        double seconds;
        boolean interrupted;
        try {
            process.getOutputStream().close();
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new UserException(command.getFirst() + " has not ended in " + limit.toSeconds() + " s");
            }
            seconds = (System.nanoTime() - start) * NANOSECONDS;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UserException(command.getFirst() + " was interrupted", e);
        } finally {
            process.destroyForcibly();
            interrupted = !remove(hook);
        }
        if (interrupted) {
            throw new UserException(command.getFirst() + " was interrupted");
        }
        return new ExternalProcess(process.exitValue(), Files.readString(log, StandardCharsets.ISO_8859_1), seconds);
    }

    /** Returns false if the hook is running, because this program ends. */
    private static boolean remove(Thread hook) {
        try {
            return Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            return false;
        }
    }
}
