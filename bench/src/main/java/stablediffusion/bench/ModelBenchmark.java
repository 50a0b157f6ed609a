package stablediffusion.bench;

import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.engine.OperationTime;
import stablediffusion.model.engine.Profile;
import stablediffusion.model.engine.Profile.Around;
import stablediffusion.model.engine.Profiled;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.image.Picture;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.pipeline.Pipeline;
import stablediffusion.model.weights.Weights;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Measures the networks of a model, one after another, and then a whole picture.
 */
public final class ModelBenchmark {
    static final String HOST = "host";

    private static final double NANOSECONDS = 1e-9;

    private final Workload subject;
    private final Consumer<String> log;

    /**
     * What is measured.
     *
     * @param name of the model, for people
     * @param width of the picture in pixels, as is the height
     * @param parts networks to measure
     * @param seed of the networks' inputs
     */
    public record Workload(
            String name,
            Configuration configuration,
            Weights weights,
            int width,
            int height,
            Set<Part> parts,
            Optional<PictureRequest> picture,
            MeasurementProtocol protocol,
            long seed) {}

    /** @param outputs of each network, for comparison with another engine's */
    public record Result(ModelReport report, Map<Part, Tensor> outputs, Optional<Picture> picture) {}

    /** @param seconds by the host's clock */
    private record ProfiledRun(double seconds, Profile profile) {
        double compute() {
            return NANOSECONDS * profile.computing();
        }

        double spent(Around... parts) {
            return Stream.of(parts).mapToDouble(part -> NANOSECONDS * profile.around().getOrDefault(part, 0L)).sum();
        }

        double host() {
            return seconds - compute() - spent(Around.values());
        }
    }

    private ModelBenchmark(Workload subject, Consumer<String> log) {
        this.subject = subject;
        this.log = log;
    }

    /** Seconds since the JVM began to start. */
    public static double sinceStart() {
        return (System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime()) / 1000.0;
    }

    /**
     * @param startUpSeconds until the engine was open
     * @param log is told what is being measured
     */
    public static Result run(
            Workload subject, Engine engine, EngineInfo info, Environment environment, double startUpSeconds, Consumer<String> log) {
        ModelBenchmark benchmark = new ModelBenchmark(subject, log);
        List<NetworkMeasurement> networks = new ArrayList<>();
        Map<Part, Tensor> outputs = new EnumMap<>(Part.class);
        for (Part part : subject.parts()) {
            networks.add(benchmark.measure(part, engine, outputs));
        }
        Optional<Painted> painted = subject.picture().map(request -> benchmark.paint(request, engine));
        boolean noisy = networks.stream().anyMatch(network -> network.run().noisy());
        ModelReport report = new ModelReport(
                environment,
                info,
                subject.name(),
                subject.width(),
                subject.height(),
                startUpSeconds,
                networks,
                painted.map(Painted::measurement),
                ProcessMemory.hostPeak(),
                noisy);
        return new Result(report, outputs, painted.map(Painted::picture));
    }

    private NetworkMeasurement measure(Part part, Engine engine, Map<Part, Tensor> outputs) {
        log.accept(part.label() + " …");
        Graph graph = part.graph(subject.configuration(), subject.width(), subject.height());
        Map<String, Tensor> inputs = RandomInputs.of(graph, subject.seed());
        MemoryNeed need = engine.memory(graph);
        PreparationTimer preparation = new PreparationTimer();
        try (Executable executable = preparation.compile(engine, graph, subject.weights())) {
            Timing run = subject.protocol().time(() -> outputs.put(part, executable.run(inputs)));
            List<ProfiledRun> profiles = executable instanceof Profiled profiled ? profiles(profiled, inputs) : List.of();
            Timing compute = profiles.isEmpty() ? run : Timing.of(profiles.stream().mapToDouble(ProfiledRun::compute).toArray());
            ProfiledRun middle = profiles.isEmpty()
                    ? new ProfiledRun(run.median(), new Profile(List.of(), Map.of()))
                    : profiles.get(profiles.size() / 2);
            return new NetworkMeasurement(
                    part,
                    preparation.loadSeconds(),
                    preparation.compileSeconds(),
                    run,
                    compute,
                    middle.spent(Around.COPY_IN, Around.COPY_OUT),
                    middle.spent(Around.LAUNCH),
                    profiles.isEmpty() ? 0 : middle.host(),
                    graph.multiplyAdds(),
                    2e-9 * graph.multiplyAdds() / run.median(),
                    need.weights(),
                    need.activations(),
                    middle.seconds,
                    profiles.isEmpty() ? List.of() : breakdown(middle));
        }
    }

    /** By the time of the whole run. */
    private List<ProfiledRun> profiles(Profiled profiled, Map<String, Tensor> inputs) {
        return subject.protocol().runs(() -> profile(profiled, inputs)).stream().sorted(Comparator.comparing(ProfiledRun::seconds)).toList();
    }

    private static ProfiledRun profile(Profiled profiled, Map<String, Tensor> inputs) {
        long start = System.nanoTime();
        Profile profile = profiled.profile(inputs);
        return new ProfiledRun((System.nanoTime() - start) * NANOSECONDS, profile);
    }

    /** A share for each family of operations, the largest first, then what is around them; they add up to the run. */
    private static List<TimeShare> breakdown(ProfiledRun run) {
        Map<OperationKind, TimeShare> kinds = new TreeMap<>();
        for (OperationTime time : run.profile.operations()) {
            OperationKind kind = OperationKind.of(time.operation());
            TimeShare share = new TimeShare(kind.label(), 1, time.operation().multiplyAdds(), NANOSECONDS * time.nanoseconds());
            kinds.merge(kind, share, (a, b) -> new TimeShare(
                    a.kind(), a.operations() + b.operations(), a.multiplyAdds() + b.multiplyAdds(), a.seconds() + b.seconds()));
        }
        List<TimeShare> shares = new ArrayList<>(kinds.values());
        shares.sort(Comparator.comparingDouble(TimeShare::seconds).reversed());
        run.profile.around().forEach((around, _) -> shares.add(new TimeShare(around.description(), 0, 0, run.spent(around))));
        shares.add(new TimeShare(HOST, 0, 0, run.host()));
        return shares;
    }

    private record Painted(PictureMeasurement measurement, Picture picture) {}

    private Painted paint(PictureRequest request, Engine engine) {
        log.accept("a whole picture, " + request.steps() + " steps …");
        PhaseTimer clock = new PhaseTimer();
        try (Pipeline pipeline = new Pipeline(subject.configuration(), subject.weights(), engine)) {
            Picture picture = pipeline.generate(request.at(subject.width(), subject.height()), clock).picture();
            return new Painted(clock.measurement(request), picture);
        }
    }
}
