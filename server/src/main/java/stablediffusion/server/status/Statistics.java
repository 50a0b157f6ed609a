package stablediffusion.server.status;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import stablediffusion.GeneratedImage;
import stablediffusion.server.http.Answered;
import stablediffusion.server.http.ErrorForm;
import stablediffusion.server.http.Route;
import stablediffusion.server.queue.EngineQueue;
import stablediffusion.server.queue.Progress;
import stablediffusion.server.queue.QueueObserver;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Counts and measures what the server does, for Prometheus. Safe for several threads. */
public final class Statistics implements QueueObserver, Consumer<Answered> {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Timer waiting = Timer.builder("sd.job.waiting").description("time that jobs waited before they began").register(registry);
    private final Counter pictures = Counter.builder("sd.pictures").description("finished pictures").register(registry);

    public Statistics() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    /** Measures the length of a queue from now on. */
    public void observe(EngineQueue queue) {
        Gauge.builder("sd.jobs.waiting", queue, EngineQueue::waiting).description("jobs that wait").register(registry);
        Gauge.builder("sd.jobs.running", queue, EngineQueue::running).description("jobs that have begun").register(registry);
    }

    @Override
    public void began(Duration waited) {
        waiting.record(waited);
    }

    @Override
    public void finished(GeneratedImage image) {
        pictures.increment();
        image.durations().forEach((phase, time) -> Timer.builder("sd.phase")
                .description("time of each phase of a picture")
                .tag("phase", phase.name().toLowerCase(Locale.ROOT))
                .register(registry)
                .record(time));
    }

    @Override
    public void ended(Progress.State state) {
        registry.counter("sd.jobs", Tags.of("result", state.name().toLowerCase(Locale.ROOT))).increment();
    }

    @Override
    public void accept(Answered request) {
        // Routes and known methods only, so that nobody can make series of his own.
        String method = List.of("GET", "POST", "OPTIONS").contains(request.method()) ? request.method() : "other";
        registry.timer("sd.http.requests", List.of(
                Tag.of("method", method),
                Tag.of("route", request.route()),
                Tag.of("status", Integer.toString(request.status())))).record(request.took());
    }

    /** Returns the text that Prometheus reads. */
    public String text() {
        return registry.scrape();
    }

    /** Returns the route that Prometheus reads. */
    public Route route() {
        return Route.get("/metrics", ErrorForm.DETAIL, "Returns statistics for Prometheus.",
                exchange -> exchange.send("text/plain; version=0.0.4; charset=utf-8", text().getBytes(StandardCharsets.UTF_8)))
                .answering("Statistics in the text form of Prometheus", "text/plain");
    }
}
