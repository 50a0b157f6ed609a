package stablediffusion.tests.gpu;

import stablediffusion.tests.gpu.StepResult.Outcome;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a step as a process of its own, which may hang or crash without harm to the report. */
final class StepProcess {
    private static final int REMARKS = 5;
    private static final double NANOSECONDS = 1e-9;

    private StepProcess() {}

    /**
     * Runs a command.
     *
     * @param result receives the standard output if that is the step's result; else the command writes it
     * @param log receives the rest of the output
     * @param seconds time after which the process is ended
     * @return {@link Outcome#DONE}, {@link Outcome#FAILED} or {@link Outcome#OUT_OF_TIME}
     */
    static StepResult run(Step step, List<String> command, Path result, Path log, double seconds) {
        long start = System.nanoTime();
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            if (step.printsResult()) {
                builder.redirectOutput(result.toFile()).redirectError(log.toFile());
            } else {
                builder.redirectErrorStream(true).redirectOutput(log.toFile());
            }
            Process process = builder.start();
            boolean ended = process.waitFor((long) (1000 * seconds), TimeUnit.MILLISECONDS);
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
            double taken = (System.nanoTime() - start) * NANOSECONDS;
            if (!ended) {
                return new StepResult(step, Outcome.OUT_OF_TIME, taken, lastLines(log, 1));
            }
            int code = process.exitValue();
            if (code == 0) {
                return new StepResult(step, Outcome.DONE, taken, List.of());
            }
            List<String> remarks = new ArrayList<>(lastLines(log, REMARKS));
            remarks.addFirst("exit code " + code + ", after");
            return new StepResult(step, Outcome.FAILED, taken, remarks);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static List<String> lastLines(Path log, int number) throws IOException {
        // Drivers print in encodings of their own. The lines of a stack trace begin with a tab; what it means is above them.
        List<String> lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines()
                .filter(line -> !line.isBlank() && !line.startsWith("\t"))
                .toList();
        return lines.isEmpty() ? List.of() : lines.subList(Math.max(0, lines.size() - number), lines.size());
    }
}
