package stablediffusion.server.clients;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.abort;

/** Scripts for Node.js whose packages npm installs into the build's folder. */
public final class NpmProject {
    private static final int LONGEST_MINUTES = 8;

    private final Path folder;

    /**
     * Installs the packages, unless an earlier run has. A test that calls this is skipped where there is no npm, or it cannot fetch them.
     *
     * @param scripts folder of {@code package.json} and the scripts
     */
    public NpmProject(Path scripts) {
        folder = Path.of("target", scripts.getFileName().toString());
        try {
            Files.createDirectories(folder);
            boolean installed = Files.isDirectory(folder.resolve("node_modules"))
                    && Files.exists(folder.resolve("package.json"))
                    && Files.mismatch(scripts.resolve("package.json"), folder.resolve("package.json")) < 0;
            try (Stream<Path> files = Files.list(scripts)) {
                for (Path file : files.toList()) {
                    Files.copy(file, folder.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
                }
            }
            if (!installed) {
                install();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void install() throws IOException {
        try {
            Run run = run(List.of("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"));
            if (run.exitCode() != 0) {
                abort("npm cannot install the clients: " + run.output());
            }
        } catch (IOException none) {
            abort("there is no npm: " + none.getMessage());
        }
    }

    /** Runs a script, which must succeed. */
    public String node(String script, String... arguments) {
        List<String> command = new ArrayList<>(List.of("node", script));
        command.addAll(List.of(arguments));
        try {
            Run run = run(command);
            assertEquals(0, run.exitCode(), run.output());
            return run.output();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Run(int exitCode, String output) {}

    private Run run(List<String> command) throws IOException {
        Path output = Files.createTempFile(folder, "output", ".txt");
        Process process =
                new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            boolean ended = process.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES);
            return new Run(ended ? process.exitValue() : -1, Files.readString(output) + (ended ? "" : "\n… and took too long"));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            process.destroyForcibly();
            Files.deleteIfExists(output);
        }
    }

    /** Finds a program in the usual places. */
    public static Optional<Path> program(String... names) {
        return Stream.of(names).map(name -> Path.of("/usr/bin", name)).filter(Files::isExecutable).findFirst();
    }
}
