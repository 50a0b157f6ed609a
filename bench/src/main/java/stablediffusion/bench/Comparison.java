package stablediffusion.bench;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Holds measurements of the same networks, kernels and picture on several backends.
 *
 * @param reference description of the engine whose outputs are the reference
 * @param backends results in the order in which the backends were requested
 * @param tuning result of the last search for block sizes on a device of this machine
 */
public record Comparison(
        Environment environment, String model, int width, int height, String reference, List<BackendResult> backends,
        Optional<TuningReport> tuning) {

    /**
     * Holds the measurements of one backend.
     *
     * @param failure reason why results are missing
     * @param program what a program did that is no engine; it has no networks, kernels or errors
     * @param timesFastest median time of each network divided by that of the fastest backend; 1 for the fastest
     * @param agreement error of each network's output with respect to the reference
     * @param psnr peak signal-to-noise ratio of the picture against the reference's, in dB; empty if they are equal or there is none
     * @param samePicture true if every pixel of the picture equals the reference's
     * @param picture encoded as PNG
     */
    public record BackendResult(
            String backend,
            Optional<String> failure,
            Optional<ModelReport> model,
            Optional<ProgramReport> program,
            Optional<KernelReport> kernels,
            Map<Part, Double> timesFastest,
            Map<Part, OutputError> agreement,
            Optional<Double> psnr,
            boolean samePicture,
            Optional<byte[]> picture) {

        /** Returns the result of a backend that failed. */
        static BackendResult failed(String backend, String why) {
            return new BackendResult(
                    backend, Optional.of(why), Optional.empty(), Optional.empty(), Optional.empty(), Map.of(), Map.of(), Optional.empty(),
                    false, Optional.empty());
        }

        /** Returns what computed: an engine or a program; empty if it failed. */
        Optional<String> engine() {
            return model.map(report -> report.engine().description()).or(() -> program.map(ProgramReport::description));
        }

        /** Returns the times of the picture; empty if there is none. */
        Optional<PictureMeasurement> pictureTimes() {
            return model.flatMap(ModelReport::picture).or(() -> program.map(ProgramReport::picture));
        }

        /** Returns the measurement of a network; empty if the backend has none. */
        Optional<NetworkMeasurement> network(Part part) {
            return model.flatMap(report -> report.networks().stream().filter(network -> network.part() == part).findFirst());
        }
    }

    /** Returns the backends whose networks were measured. */
    public List<BackendResult> measured() {
        return backends.stream().filter(backend -> backend.model().isPresent()).toList();
    }

    /** Returns the backends that have results: engines and programs. */
    public List<BackendResult> finished() {
        return backends.stream().filter(backend -> backend.engine().isPresent()).toList();
    }

    /** Returns the phases of the pictures of some backends, each once, in their order. */
    static List<String> phases(List<BackendResult> backends) {
        return backends.stream()
                .flatMap(backend -> backend.pictureTimes().stream())
                .flatMap(picture -> picture.phases().keySet().stream())
                .distinct()
                .toList();
    }

    /** Returns a copy with a tuning report. */
    public Comparison with(Optional<TuningReport> found) {
        return new Comparison(environment, model, width, height, reference, backends, found);
    }

    /** Returns a copy in which {@link BackendResult#timesFastest} is computed. */
    public Comparison ranked() {
        Map<Part, Double> fastest = new EnumMap<>(Part.class);
        backends.forEach(backend -> medians(backend).forEach((part, median) -> fastest.merge(part, median, Math::min)));
        List<BackendResult> ranked = backends.stream().map(backend -> {
            Map<Part, Double> times = medians(backend);
            times.replaceAll((part, median) -> median / fastest.get(part));
            return new BackendResult(
                    backend.backend(), backend.failure(), backend.model(), backend.program(), backend.kernels(), times, backend.agreement(),
                    backend.psnr(),
                    backend.samePicture(), backend.picture());
        }).toList();
        return new Comparison(environment, model, width, height, reference, ranked, tuning);
    }

    private static Map<Part, Double> medians(BackendResult backend) {
        Map<Part, Double> medians = new EnumMap<>(Part.class);
        backend.model().ifPresent(model -> model.networks().forEach(network -> medians.put(network.part(), network.run().median())));
        return medians;
    }
}
