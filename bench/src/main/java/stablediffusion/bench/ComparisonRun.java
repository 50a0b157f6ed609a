package stablediffusion.bench;

import stablediffusion.bench.Comparison.BackendResult;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.engine.Precision;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Measures one backend after another, each with the same inputs, and compares what they compute with the CPU engine at 32 bits.
 */
public final class ComparisonRun {
    private final ModelBenchmark.Workload subject;
    private final List<KernelCase> kernels;
    private final MeasurementProtocol kernelProtocol;
    private final Environment environment;
    private final Consumer<String> log;

    /**
     * A backend to measure.
     *
     * @param label what the report calls it
     * @param name as {@code --backend} takes it
     */
    public record Contestant(String label, String name, EngineSettings settings) {}

    /**
     * @param kernels to measure; may be none
     * @param log is told what is being done
     */
    public ComparisonRun(
            ModelBenchmark.Workload subject, List<KernelCase> kernels, MeasurementProtocol kernelProtocol, Environment environment, Consumer<String> log) {
        this.subject = subject;
        this.kernels = kernels;
        this.kernelProtocol = kernelProtocol;
        this.environment = environment;
        this.log = log;
    }

    public Comparison run(List<Contestant> contestants) {
        log.accept("reference: cpu, f32");
        ModelBenchmark.Result reference;
        String description;
        try (Engine engine = Engines.open(Engines.CPU, EngineSettings.DEFAULT.withPrecision(Precision.F32))) {
            description = engine.description();
            reference = measure(once(subject), Engines.CPU, engine, 0);
        }
        List<BackendResult> results = new ArrayList<>();
        for (Contestant contestant : contestants) {
            results.add(result(contestant, reference));
        }
        return new Comparison(environment, subject.name(), subject.width(), subject.height(), description, results, Optional.empty()).ranked();
    }

    /** The outputs are wanted, not the times. */
    private static ModelBenchmark.Workload once(ModelBenchmark.Workload subject) {
        return new ModelBenchmark.Workload(
                subject.name(),
                subject.configuration(),
                subject.weights(),
                subject.width(),
                subject.height(),
                subject.parts(),
                subject.picture(),
                new MeasurementProtocol(0, 1, 1, 0),
                subject.seed());
    }

    private BackendResult result(Contestant contestant, ModelBenchmark.Result reference) {
        String backend = contestant.label();
        log.accept("backend " + backend);
        Optional<ModelBenchmark.Result> model = Optional.empty();
        Optional<KernelReport> kernelReport = Optional.empty();
        Optional<String> failure = Optional.empty();
        long start = System.nanoTime();
        try (Engine engine = Engines.open(contestant.name(), contestant.settings())) {
            double startUp = (System.nanoTime() - start) * 1e-9;
            model = Optional.of(measure(subject, backend, engine, startUp));
            kernelReport = kernels.isEmpty() ? Optional.empty() : Optional.of(kernels(backend, engine));
        } catch (UserException | LinkageError | OutOfMemoryError failed) {
            failure = Optional.of(failed.getMessage() == null ? failed.toString() : failed.getMessage());
        } catch (RuntimeException failed) {
            // Whatever a driver or compiler throws is this backend's result, not the end of the comparison.
            failure = Optional.of(failed.toString());
        }
        failure.ifPresent(why -> log.accept(backend + " failed: " + why));
        return new BackendResult(
                backend,
                failure,
                model.map(ModelBenchmark.Result::report),
                kernelReport,
                Map.of(),
                model.map(measured -> agreement(measured, reference)).orElse(Map.of()),
                model.flatMap(measured -> psnr(measured, reference)).filter(Double::isFinite),
                model.flatMap(measured -> psnr(measured, reference)).filter(psnr -> psnr.isInfinite()).isPresent(),
                model.flatMap(ModelBenchmark.Result::picture).map(PictureFile::png));
    }

    private ModelBenchmark.Result measure(ModelBenchmark.Workload what, String backend, Engine engine, double startUp) {
        return ModelBenchmark.run(what, engine, EngineInfo.of(backend, engine), environment, startUp, log);
    }

    private KernelReport kernels(String backend, Engine engine) {
        KernelBenchmark benchmark = new KernelBenchmark(engine, kernelProtocol);
        Roofline roofline = benchmark.roofline();
        List<KernelMeasurement> measurements = benchmark.run(kernels, roofline, log);
        boolean noisy = measurements.stream().anyMatch(kernel -> kernel.timing().noisy());
        return new KernelReport(
                environment, EngineInfo.of(backend, engine), subject.name(), subject.width(), subject.height(), roofline, measurements, noisy);
    }

    private static Map<Part, OutputError> agreement(ModelBenchmark.Result measured, ModelBenchmark.Result reference) {
        Map<Part, OutputError> agreement = new EnumMap<>(Part.class);
        measured.outputs().forEach((part, output) -> agreement.put(part, OutputError.between(output, reference.outputs().get(part))));
        return agreement;
    }

    private static Optional<Double> psnr(ModelBenchmark.Result measured, ModelBenchmark.Result reference) {
        Optional<Picture> other = reference.picture();
        return measured.picture().flatMap(picture -> other.map(picture::psnr));
    }
}
