package stablediffusion.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * Describes the machine and the software of a measurement.
 *
 * @param time start of the measurement, ISO 8601
 * @param commit abbreviated Git commit, followed by a plus if the working tree has changes; "unknown" outside a checkout
 * @param threads number of logical processors
 */
public record Environment(String time, String commit, String java, String system, String processor, int threads) {
    private static final String UNKNOWN = "unknown";

    /**
     * Describes this machine now.
     *
     * @param home folder of the source checkout; need not be one
     */
    public static Environment now(Path home) {
        return new Environment(
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                commit(home),
                System.getProperty("java.vm.name") + " " + Runtime.version(),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + ", " + System.getProperty("os.arch"),
                processorName(),
                Runtime.getRuntime().availableProcessors());
    }

    private static String commit(Path home) {
        String commit = git(home, "rev-parse", "--short", "HEAD");
        return commit.isEmpty() ? UNKNOWN : commit + (git(home, "status", "--porcelain", "-uno").isEmpty() ? "" : "+");
    }

    private static String git(Path home, String... arguments) {
        try {
            var command = new ProcessBuilder("git", "-C", home.toString());
            command.command().addAll(List.of(arguments));
            Process process = command.redirectError(ProcessBuilder.Redirect.DISCARD).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 ? output : "";
        } catch (IOException noGit) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    private static String processorName() {
        try {
            return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                    .filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(UNKNOWN);
        } catch (IOException noProc) {
            return UNKNOWN;
        }
    }
}
