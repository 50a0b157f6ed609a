package stablediffusion.tests.gpu;

import stablediffusion.bench.Json;
import stablediffusion.bench.KernelReport;
import stablediffusion.bench.ModelReport;
import stablediffusion.model.UserException;
import stablediffusion.tests.gpu.StepResult.Outcome;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Runs the steps of one backend. */
final class BackendRun {
    private final Plan plan;
    private final String backend;
    private final List<String> java;
    private final Path folder;

    /**
     * @param java command that runs the class that is appended to it, with its arguments, on the backend's SDK
     * @param output folder of the report; the backend gets a folder in it
     */
    BackendRun(Plan plan, String backend, List<String> java, Path output) {
        this.plan = plan;
        this.backend = backend;
        this.java = java;
        this.folder = output.resolve(backend).toAbsolutePath();
    }

    /**
     * Runs the steps.
     *
     * @param after receives what is known after each step
     */
    BackendReport run(Deadline deadline, Consumer<BackendReport> after) {
        try {
            Files.createDirectories(folder);
            for (Step step : Step.values()) {
                // What an earlier report found is no part of this one.
                Files.deleteIfExists(folder.resolve(step.file()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<StepResult> results = new ArrayList<>();
        Optional<Long> memory = Optional.empty();
        for (Step step : plan.only()) {
            Optional<StepResult> wrong = results.stream().filter(BackendRun::isWrong).findFirst();
            if (wrong.isPresent() && !plan.keepGoing()) {
                results.add(StepResult.notBegun(step, "because of " + wrong.get().step().title()));
                continue;
            }
            double seconds = plan.secondsFor(step, deadline.left());
            if (seconds < step.reserved() / 2.0) {
                results.add(StepResult.notBegun(step, "no time was left"));
                continue;
            }
            System.err.printf("%s: %s (at most %.0f s) …%n", backend, step.description(), seconds);
            try (MemoryWatch watch = step == Step.PICTURE ? MemoryWatch.start() : MemoryWatch.none()) {
                results.add(run(step, seconds));
                memory = memory.or(watch::most);
            }
            StepResult result = results.getLast();
            System.err.printf("%s: %s %s after %.1f s%n", backend, step.title(), result.outcome().label(), result.seconds());
            result.remarks().forEach(remark -> System.err.println("    " + remark));
            after.accept(report(results, memory));
        }
        BackendReport report = report(results, memory);
        after.accept(report);
        return report;
    }

    /** A backend that does not even start, or crashes in a check, is as wrong as one with a wrong result. */
    private static boolean isWrong(StepResult result) {
        return result.step().checks() && (result.outcome() == Outcome.WRONG || result.outcome() == Outcome.FAILED);
    }

    private StepResult run(Step step, double seconds) {
        Path file = folder.resolve(step.file());
        List<String> command = Stream.concat(java.stream(), step.command(plan, backend, file.toString(), (int) seconds).stream()).toList();
        StepResult result = StepProcess.run(step, command, file, folder.resolve(step.title() + ".log"), seconds);
        List<String> wrong = wrong(step);
        return wrong.isEmpty() ? result : new StepResult(step, Outcome.WRONG, result.seconds(), wrong);
    }

    private List<String> wrong(Step step) {
        return switch (step) {
            case TESTS, NETWORKS -> read(step, TestRun.class).map(TestRun::failures).orElse(List.of());
            case BLOCKS, PICTURES -> read(step, Checks.class).map(Checks::wrong).orElse(List.of());
            case DEVICES, MODEL, PICTURE, KERNELS -> List.of();
        };
    }

    private BackendReport report(List<StepResult> results, Optional<Long> memory) {
        return new BackendReport(
                backend,
                List.copyOf(results),
                text(Step.DEVICES),
                read(Step.TESTS, TestRun.class),
                read(Step.NETWORKS, TestRun.class),
                read(Step.BLOCKS, Checks.class),
                read(Step.PICTURES, Checks.class),
                read(Step.MODEL, ModelReport.class),
                read(Step.PICTURE, ModelReport.class),
                read(Step.KERNELS, KernelReport.class),
                memory);
    }

    private Optional<String> text(Step step) {
        Path file = folder.resolve(step.file());
        try {
            return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a step's result; empty if it has none, or if it was ended before it was complete. */
    private <T> Optional<T> read(Step step, Class<T> type) {
        // Native code of drivers may have printed before the report.
        return text(step).filter(json -> json.contains("{")).flatMap(json -> {
            try {
                return Optional.of(Json.parse(json.substring(json.indexOf('{')), type, step.file()));
            } catch (UserException incomplete) {
                return Optional.empty();
            }
        });
    }
}
