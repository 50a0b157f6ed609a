package stablediffusion.server.webui;

import stablediffusion.model.UserException;
import stablediffusion.model.sampler.SamplerType;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.sampler.Schedule;
import stablediffusion.server.http.HttpFailure;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Knows samplers and schedules by the names of the web UI. */
final class WebUiNames {
    /** What the web UI's API takes where none is named. */
    static final String DEFAULT_SAMPLER = "Euler";
    static final String AUTOMATIC = "Automatic";

    /** Samplers for which {@code Automatic} is another schedule than the uniform one, by the web UI's {@code sd_samplers_kdiffusion.py}. */
    private static final List<String> KARRAS = List.of("DPM++ 2M", "DPM++ 2S a", "DPM2", "DPM2 a");
    private static final List<String> EXPONENTIAL = List.of("DPM++ 2M SDE");

    private WebUiNames() {}

    /** Holds a sampler and the schedule that goes with it. */
    record Chosen(SamplerType sampler, Schedule schedule) {}

    /**
     * Finds a sampler, which may have a schedule as its last word, and a schedule.
     *
     * @throws HttpFailure with the web UI's message if there is none of a name
     */
    static Chosen find(String sampler, Optional<String> schedule) {
        Samplers.Scheduled named;
        try {
            named = Samplers.findScheduled(sampler);
        } catch (UserException unknown) {
            throw new HttpFailure(HttpFailure.NOT_FOUND, "Sampler not found: " + unknown.getMessage(), unknown);
        }
        Optional<Schedule> explicit = schedule.filter(name -> !name.isEmpty() && !name.equalsIgnoreCase(AUTOMATIC))
                .map(WebUiNames::schedule);
        return new Chosen(named.type(), explicit.or(named::schedule).orElseGet(() -> automatic(named.type())));
    }

    private static Schedule schedule(String name) {
        return Arrays.stream(Schedule.values())
                .filter(candidate -> candidate.label().equalsIgnoreCase(name) || candidate.webUiName().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new HttpFailure(HttpFailure.NOT_FOUND, "Scheduler not found: there are "
                        + String.join(", ", Arrays.stream(Schedule.values()).map(Schedule::webUiName).toList())));
    }

    private static Schedule automatic(SamplerType sampler) {
        if (KARRAS.contains(sampler.webUiName())) {
            return Schedule.KARRAS;
        }
        return EXPONENTIAL.contains(sampler.webUiName()) ? Schedule.EXPONENTIAL : Schedule.DISCRETE;
    }

    /** Returns a schedule's name in programs of the web UI: "uniform". */
    static String id(Schedule schedule) {
        return schedule.webUiName().toLowerCase(Locale.ROOT);
    }

    static List<SamplerType> samplers() {
        return Samplers.names().stream().map(Samplers::find).toList();
    }
}
