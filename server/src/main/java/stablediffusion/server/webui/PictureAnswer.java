package stablediffusion.server.webui;

import stablediffusion.GeneratedImage;
import stablediffusion.GenerationRequest;
import stablediffusion.server.http.Json;
import stablediffusion.server.painting.Encoded;
import stablediffusion.server.queue.Job;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Answers pictures in the web UI's form. */
public final class PictureAnswer {
    private PictureAnswer() {}

    static Map<String, Object> of(PictureRequest request, Job job) {
        List<GeneratedImage> images = job.images();
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("images", request.sendImages()
                ? images.stream().map(image -> Encoded.base64(image.toPng())).toList() : List.of());
        answer.put("parameters", request.parameters());
        answer.put("info", Json.text(info(request, job)));
        return answer;
    }

    /** Returns what the web UI tells of pictures, and notes on what was done otherwise than asked for. */
    public static Map<String, Object> info(PictureRequest request, Job job) {
        List<GeneratedImage> images = job.images();
        GenerationRequest first = images.stream().findFirst().map(GeneratedImage::request).orElse(job.request().first());
        Optional<Map<String, String>> settings = images.stream().findFirst().map(GeneratedImage::settings);
        int count = images.size();
        Map<String, Object> info = new LinkedHashMap<>();
        info.put("prompt", first.prompt());
        info.put("all_prompts", Collections.nCopies(count, first.prompt()));
        info.put("negative_prompt", first.negativePrompt());
        info.put("all_negative_prompts", Collections.nCopies(count, first.negativePrompt()));
        info.put("seed", first.seed());
        info.put("all_seeds", images.stream().map(image -> image.request().seed()).toList());
        info.put("subseed", first.seed());
        info.put("all_subseeds", images.stream().map(image -> image.request().seed()).toList());
        info.put("subseed_strength", 0);
        info.put("width", first.width().orElse(0));
        info.put("height", first.height().orElse(0));
        info.put("sampler_name", settings.map(all -> all.get("Sampler")).orElse(first.sampler()));
        info.put("cfg_scale", first.guidanceScale());
        info.put("steps", first.steps());
        info.put("batch_size", request.batchSize());
        info.put("restore_faces", false);
        info.put("face_restoration_model", null);
        info.put("sd_model_name", request.model());
        info.put("sd_model_hash", null);
        info.put("sd_vae_name", null);
        info.put("sd_vae_hash", null);
        info.put("seed_resize_from_w", -1);
        info.put("seed_resize_from_h", -1);
        info.put("denoising_strength", settings.map(all -> all.get("Denoising strength")).map(Double::valueOf).orElse(null));
        info.put("extra_generation_params", settings.map(PictureAnswer::extra).orElse(Map.of()));
        info.put("index_of_first_image", 0);
        info.put("infotexts", images.stream().map(GeneratedImage::metadata).toList());
        info.put("styles", List.of());
        info.put("job_timestamp", StateTime.now());
        info.put("clip_skip", first.clipSkip());
        info.put("is_using_inpainting_conditioning", false);
        List<String> notes = new ArrayList<>(request.notes());
        notes.addAll(job.notes());
        info.put("notes", notes);
        return info;
    }

    private static Map<String, String> extra(Map<String, String> settings) {
        Map<String, String> extra = new LinkedHashMap<>(settings);
        extra.keySet().removeAll(List.of("Steps", "Sampler", "CFG scale", "Seed", "Size", "Model", "Clip skip", "Denoising strength"));
        return extra;
    }
}
