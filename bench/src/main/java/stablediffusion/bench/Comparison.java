package stablediffusion.bench;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The same networks, kernels and picture on several backends.
 *
 * @param reference what the outputs of all are compared with
 * @param backends in the order asked for
 */
public record Comparison(
        Environment environment, String model, int width, int height, String reference, List<BackendResult> backends, Optional<TuningReport> tuning) {

    /**
     * One backend.
     *
     * @param failure why it has no results, or not all
     * @param timesFastest median of each network over that of the fastest backend: 1 for the fastest
     * @param agreement of each network's output with the reference's
     * @param psnr of the picture against the reference's, in dB; empty where they are equal or there is none
     * @param samePicture whether the picture equals the reference's in every bit
     * @param picture as a PNG
     */
    public record BackendResult(
            String backend,
            Optional<String> failure,
            Optional<ModelReport> model,
            Optional<KernelReport> kernels,
            Map<Part, Double> timesFastest,
            Map<Part, OutputError> agreement,
            Optional<Double> psnr,
            boolean samePicture,
            Optional<byte[]> picture) {

        /** Empty where the backend has no result of it. */
        Optional<NetworkMeasurement> network(Part part) {
            return model.flatMap(report -> report.networks().stream().filter(network -> network.part() == part).findFirst());
        }
    }

    /** Those that ran, at least in part. */
    public List<BackendResult> measured() {
        return backends.stream().filter(backend -> backend.model().isPresent()).toList();
    }

    /** With how a device was tuned. */
    public Comparison with(Optional<TuningReport> found) {
        return new Comparison(environment, model, width, height, reference, backends, found);
    }

    /** With {@link BackendResult#timesFastest} worked out. */
    public Comparison ranked() {
        Map<Part, Double> fastest = new EnumMap<>(Part.class);
        backends.forEach(backend -> medians(backend).forEach((part, median) -> fastest.merge(part, median, Math::min)));
        List<BackendResult> ranked = backends.stream().map(backend -> {
            Map<Part, Double> times = medians(backend);
            times.replaceAll((part, median) -> median / fastest.get(part));
            return new BackendResult(
                    backend.backend(), backend.failure(), backend.model(), backend.kernels(), times, backend.agreement(), backend.psnr(),
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
