package stablediffusion.server.webui;

import stablediffusion.model.sampler.SamplerType;
import stablediffusion.model.sampler.Schedule;
import stablediffusion.server.http.ErrorForm;
import stablediffusion.server.http.Handler;
import stablediffusion.server.http.Route;
import stablediffusion.server.painting.Studio;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Lists what there is, in the web UI's form. */
final class Lists {
    private final Studio studio;

    Lists(Studio studio) {
        this.studio = studio;
    }

    List<Route> routes(String root) {
        List<Route> routes = new ArrayList<>(List.of(
                list(root + "sd-models", "Lists the models.", exchange -> exchange.sendJson(models())),
                list(root + "samplers", "Lists the samplers.", exchange -> exchange.sendJson(samplers())),
                list(root + "schedulers", "Lists the schedules of noise levels.", exchange -> exchange.sendJson(schedulers())),
                list(root + "loras", "Lists the LoRAs.", exchange -> exchange.sendJson(loras())),
                list(root + "embeddings", "Lists the embeddings (textual inversion).", exchange -> exchange.sendJson(embeddings())),
                list(root + "upscalers", "Lists the upscalers: there is none.", exchange -> exchange.sendJson(upscalers())),
                list(root + "cmd-flags", "Returns options of the web UI's command line that clients look at.",
                        exchange -> exchange.sendJson(flags())),
                list(root + "memory", "Returns the memory of the server, in bytes.", exchange -> exchange.sendJson(memory()))));
        for (String empty : List.of("prompt-styles", "sd-vae", "hypernetworks", "face-restorers", "realesrgan-models",
                "latent-upscale-modes")) {
            routes.add(list(root + empty, "Lists what the web UI has: here there is none.", exchange -> exchange.sendJson(List.of())));
        }
        for (String refresh : List.of("refresh-checkpoints", "refresh-loras", "refresh-embeddings")) {
            routes.add(Route.post(root + refresh, ErrorForm.DETAIL, "Does nothing: lists are always new.", List.of(),
                    WebUiApi::answerNothing));
        }
        return routes;
    }

    private static Route list(String path, String summary, Handler handler) {
        return Route.get(path, ErrorForm.DETAIL, summary, handler);
    }

    private List<Map<String, Object>> models() {
        return studio.catalog().models().stream().map(name -> {
            Map<String, Object> model = new LinkedHashMap<>();
            model.put("title", name);
            model.put("model_name", name);
            model.put("hash", null);
            model.put("sha256", null);
            // Where files lie is nobody's business.
            model.put("filename", name);
            model.put("config", null);
            return model;
        }).toList();
    }

    private static List<Map<String, Object>> samplers() {
        return WebUiNames.samplers().stream().<Map<String, Object>>map(type -> Map.of(
                "name", type.webUiName(),
                "aliases", aliases(type),
                "options", Map.of())).toList();
    }

    private static List<String> aliases(SamplerType type) {
        return Stream.concat(Stream.of(type.name()), type.aliases().stream()).toList();
    }

    private static List<Map<String, Object>> schedulers() {
        List<Map<String, Object>> schedulers = new ArrayList<>();
        schedulers.add(scheduler("automatic", WebUiNames.AUTOMATIC));
        Arrays.stream(Schedule.values()).forEach(schedule -> schedulers.add(scheduler(WebUiNames.id(schedule), schedule.webUiName())));
        return schedulers;
    }

    private static Map<String, Object> scheduler(String name, String label) {
        Map<String, Object> scheduler = new LinkedHashMap<>();
        scheduler.put("name", name);
        scheduler.put("label", label);
        scheduler.put("aliases", null);
        scheduler.put("default_rho", -1.0);
        scheduler.put("need_inner_model", false);
        return scheduler;
    }

    private List<Map<String, Object>> loras() {
        return studio.catalog().loras().stream().<Map<String, Object>>map(name -> Map.of(
                "name", name,
                "alias", name,
                "path", name,
                "metadata", Map.of())).toList();
    }

    private Map<String, Object> embeddings() {
        Map<String, Object> loaded = new LinkedHashMap<>();
        for (String name : studio.catalog().embeddings()) {
            Map<String, Object> embedding = new LinkedHashMap<>();
            embedding.put("step", null);
            embedding.put("sd_checkpoint", null);
            embedding.put("sd_checkpoint_name", null);
            // Not known before the file is read.
            embedding.put("shape", null);
            embedding.put("vectors", null);
            loaded.put(name, embedding);
        }
        return Map.of("loaded", loaded, "skipped", Map.of());
    }

    private static List<Map<String, Object>> upscalers() {
        Map<String, Object> none = new LinkedHashMap<>();
        none.put("name", "None");
        none.put("model_name", null);
        none.put("model_path", null);
        none.put("model_url", null);
        none.put("scale", 4);
        return List.of(none);
    }

    private static Map<String, Object> flags() {
        return Map.of("api", true, "nowebui", false, "lowvram", false, "medvram", false, "share", false);
    }

    private static Map<String, Object> memory() {
        Runtime runtime = Runtime.getRuntime();
        long used = runtime.totalMemory() - runtime.freeMemory();
        return Map.of(
                "ram", Map.of("free", runtime.maxMemory() - used, "used", used, "total", runtime.maxMemory()),
                "cuda", Map.of("error", "unavailable"));
    }
}
