package stablediffusion.bench;

import stablediffusion.bench.Comparison.BackendResult;
import stablediffusion.model.Precision;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Measures several backends one after another with the same inputs, and compares their outputs with those of the CPU engine in fp32.
 */
public final class ComparisonRun {
    private final ModelBenchmark.Workload workload;
    private final List<KernelCase> kernels;
    private final MeasurementProtocol kernelProtocol;
    private final Environment environment;
    private final Consumer<String> log;

    /** Describes what is compared. */
    public sealed interface Compared {
        /** Returns its name in the report. */
        String label();
    }

    /**
     * Describes a program that paints the picture and nothing else.
     *
     * @param label name of the program in the report
     * @param folder a folder for temporary files
     */
    public record Program(String label, StableDiffusionCpp program, StableDiffusionCpp.Task task, Path folder) implements Compared {}

    /**
     * Describes a backend to measure.
     *
     * @param label name of the backend in the report
     * @param name name by which {@link Engines} opens the backend
     */
    public record Backend(String label, String name, EngineSettings settings) implements Compared {}

    /**
     * Prepares a comparison.
     *
     * @param kernels operations to measure alone; may be empty
     * @param log receives a line for each step
     */
    public ComparisonRun(
            ModelBenchmark.Workload workload,
            List<KernelCase> kernels,
            MeasurementProtocol kernelProtocol,
            Environment environment,
            Consumer<String> log) {
        this.workload = workload;
        this.kernels = kernels;
        this.kernelProtocol = kernelProtocol;
        this.environment = environment;
        this.log = log;
    }

    /** Measures the backends in the given order; one that fails does not end the comparison. */
    public Comparison run(List<Compared> backends) {
        log.accept("reference: cpu, f32");
        ModelBenchmark.Result reference;
        String description;
        try (Engine engine = Engines.open(Engines.CPU, EngineSettings.DEFAULT.withPrecision(Precision.F32))) {
            description = engine.description();
            reference = measure(once(workload), Engines.CPU, engine, 0);
        }
        List<BackendResult> results = new ArrayList<>();
        for (Compared compared : backends) {
            log.accept("backend " + compared.label());
            results.add(switch (compared) {
                case Backend backend -> result(backend, reference);
                case Program program -> result(program, reference);
            });
        }
        return new Comparison(
                environment, workload.name(), workload.width(), workload.height(), description, results, Optional.empty())
                .ranked();
    }

    /** Returns the same workload with a single run: only the outputs of the reference are needed. */
    private static ModelBenchmark.Workload once(ModelBenchmark.Workload workload) {
        return new ModelBenchmark.Workload(
                workload.name(),
                workload.configuration(),
                workload.weights(),
                workload.width(),
                workload.height(),
                workload.parts(),
                workload.picture(),
                new MeasurementProtocol(0, 1, 1, 0),
                workload.seed());
    }

    private BackendResult result(Backend backend, ModelBenchmark.Result reference) {
        String label = backend.label();
        Optional<ModelBenchmark.Result> model = Optional.empty();
        Optional<KernelReport> kernelReport = Optional.empty();
        Optional<String> failure = Optional.empty();
        long start = System.nanoTime();
        try (Engine engine = Engines.open(backend.name(), backend.settings())) {
            double startUp = (System.nanoTime() - start) * 1e-9;
            model = Optional.of(measure(workload, label, engine, startUp));
            kernelReport = kernels.isEmpty() ? Optional.empty() : Optional.of(kernels(label, engine));
        } catch (UserException | LinkageError | OutOfMemoryError failed) {
            failure = Optional.of(failed.getMessage() == null ? failed.toString() : failed.getMessage());
        } catch (RuntimeException failed) {
            // An exception of a driver or compiler counts as the result of this backend; the comparison goes on.
            failure = Optional.of(failed.toString());
        }
        Optional<Picture> picture = model.flatMap(ModelBenchmark.Result::picture);
        failure.ifPresent(why -> log.accept(label + " failed: " + why));
        return new BackendResult(
                label,
                failure,
                model.map(ModelBenchmark.Result::report),
                Optional.empty(),
                kernelReport,
                Map.of(),
                model.map(measured -> errors(measured, reference)).orElse(Map.of()),
                picture.flatMap(painted -> psnr(painted, reference)).filter(Double::isFinite),
                picture.flatMap(painted -> psnr(painted, reference)).filter(psnr -> psnr.isInfinite()).isPresent(),
                picture.map(painted -> PictureFile.png(painted, "")));
    }

    private BackendResult result(Program program, ModelBenchmark.Result reference) {
        String label = program.label();
        log.accept("a whole picture, " + program.task().picture().steps() + " steps …");
        try {
            StableDiffusionCpp.Painted painted = program.program().paint(program.task(), program.folder());
            Optional<Double> psnr = psnr(painted.picture(), reference);
            return new BackendResult(
                    label,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(painted.report()),
                    Optional.empty(),
                    Map.of(),
                    Map.of(),
                    psnr.filter(Double::isFinite),
                    psnr.filter(value -> value.isInfinite()).isPresent(),
                    Optional.of(PictureFile.png(painted.picture(), "")));
        } catch (UserException failed) {
            log.accept(label + " failed: " + failed.getMessage());
            return BackendResult.failed(label, failed.getMessage());
        }
    }

    private ModelBenchmark.Result measure(ModelBenchmark.Workload measured, String backend, Engine engine, double startUp) {
        return ModelBenchmark.run(measured, engine, EngineInfo.of(backend, engine), environment, startUp, log);
    }

    private KernelReport kernels(String backend, Engine engine) {
        KernelBenchmark benchmark = new KernelBenchmark(engine, kernelProtocol);
        Roofline roofline = benchmark.roofline();
        List<KernelMeasurement> measurements = benchmark.run(kernels, roofline, log);
        boolean noisy = measurements.stream().anyMatch(kernel -> kernel.timing().noisy());
        return new KernelReport(
                environment, EngineInfo.of(backend, engine), workload.name(), workload.width(), workload.height(), roofline, measurements,
                0, noisy);
    }

    private static Map<Part, OutputError> errors(ModelBenchmark.Result measured, ModelBenchmark.Result reference) {
        Map<Part, OutputError> errors = new EnumMap<>(Part.class);
        measured.outputs().forEach((part, output) -> errors.put(part, OutputError.between(output, reference.outputs().get(part))));
        return errors;
    }

    private static Optional<Double> psnr(Picture picture, ModelBenchmark.Result reference) {
        return reference.picture().map(picture::psnr);
    }
}
