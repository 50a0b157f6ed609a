package stablediffusion.tests.gpu;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import stablediffusion.bench.Environment;
import stablediffusion.bench.Json;
import stablediffusion.cli.options.MeasuredModel;
import stablediffusion.tests.gpu.StepResult.Outcome;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;

/** Makes the report. Each step runs in a process of its own, on a JVM with the backend's flags. */
@Command(
        name = "gpu-report",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Checks and measures each backend of TornadoVM on this machine, and writes report.md, report.json and all details into a folder. "
                    + "A backend is no longer measured after its first wrong result. Exit code 0: all right; 1: something is wrong or failed."
        })
final class GpuReport implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--backends", split = ",", paramLabel = "NAME", description = "Backends, in this order. Default: all.")
    private List<String> backends = List.of();

    @Option(names = "--only", split = ",", paramLabel = "STEP", description = "Steps to take: ${COMPLETION-CANDIDATES}. Default: all.")
    private Set<Step> only = Set.of();

    @Option(names = "--config", paramLabel = "sd-v1|narrow", defaultValue = "sd-v1",
            description = "Sizes of the networks that are measured, with random weights. Default: ${DEFAULT-VALUE}.")
    private String configuration;

    @Option(names = "--size", paramLabel = "PIXELS", defaultValue = "512",
            description = "Size of the measured picture. Default: ${DEFAULT-VALUE}.")
    private int size;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "50", description = "Its denoising steps. Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Option(names = "--seconds", paramLabel = "N", defaultValue = "520",
            description = "Time for everything; what does not fit is named in the report. Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(names = "--keep-going", description = "Measure a backend in spite of wrong results.")
    private boolean keepGoing;

    @Option(names = {"-o", "--output"}, paramLabel = "DIR", required = true, description = "Folder of the report.")
    private Path output;

    @Option(names = "--sdk", paramLabel = "BACKEND=DIR", required = true, hidden = true,
            description = "The SDK of each backend; from the script.")
    private Map<String, Path> sdks = new LinkedHashMap<>();

    @Option(names = "--java", required = true, hidden = true, description = "Script that runs a class on an SDK; from the script.")
    private Path java;

    @Option(names = "--references", required = true, hidden = true, description = "Folder of the references; from the script.")
    private Path references;

    @Option(names = "--home", required = true, hidden = true, description = "The project's folder; from the script.")
    private Path home;

    public static void main(String... arguments) {
        System.exit(new CommandLine(new GpuReport()).setCaseInsensitiveEnumValuesAllowed(true).execute(arguments));
    }

    @Override
    public Integer call() {
        MeasuredModel.named(configuration);
        List<String> chosen = backends.isEmpty() ? List.copyOf(sdks.keySet()) : backends;
        chosen.stream().filter(backend -> !sdks.containsKey(backend)).findFirst().ifPresent(unknown -> {
            throw new ParameterException(
                    spec.commandLine(), "--backends " + unknown + ": there is no SDK with this backend; there are " + sdks.keySet());
        });
        Plan plan = new Plan(only, configuration, size, steps, seconds, keepGoing, references.toAbsolutePath());
        Environment environment = environment();
        List<String> gpus = NvidiaSmi.gpus();
        Deadline deadline = Deadline.in(seconds);
        List<BackendReport> done = new ArrayList<>();
        for (int i = 0; i < chosen.size(); i++) {
            String backend = chosen.get(i);
            // Time that a backend leaves is shared by the next ones.
            Deadline share = Deadline.in(deadline.left() / (chosen.size() - i));
            BackendRun run = new BackendRun(plan, backend, List.of("bash", java.toString(), sdks.get(backend).toString()), output);
            done.add(run.run(share, partial -> {
                List<BackendReport> soFar = new ArrayList<>(done);
                soFar.add(partial);
                // Written after each step, so that a report that is cut short has what was found until then.
                write(new Report(environment, gpus, plan, seconds - deadline.left(), soFar));
            }));
        }
        spec.commandLine().getOut().println("wrote " + output.resolve("report.md") + " and " + output.resolve("report.json"));
        return done.stream().flatMap(backend -> backend.steps().stream()).allMatch(step -> step.outcome() == Outcome.DONE) ? 0 : 1;
    }

    /** Describes this machine. An archive is no checkout, so it has a file with its commit. */
    private Environment environment() {
        Environment now = Environment.now(home);
        Path commit = home.resolve("commit");
        try {
            return Files.exists(commit)
                    ? new Environment(
                            now.time(), Files.readString(commit).strip(), now.java(), now.system(), now.processor(), now.threads())
                    : now;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(Report report) {
        Json.write(Json.pretty(report), output.resolve("report.json"));
        Json.write(ReportMarkdown.of(report), output.resolve("report.md"));
    }
}
