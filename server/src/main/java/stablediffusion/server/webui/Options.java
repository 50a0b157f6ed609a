package stablediffusion.server.webui;

import stablediffusion.server.http.Field;
import stablediffusion.server.http.Fields;
import stablediffusion.server.painting.Studio;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Holds the settings of the web UI that mean something here. */
final class Options {
    private static final int MOST_LAYERS = 64;

    static final List<Field> FIELDS = List.of(
            Field.text("sd_model_checkpoint", "name of the model for the requests that come from now on"),
            Field.integer("CLIP_stop_at_last_layers", "layer of the text encoder, counted from the end"));

    private final Studio studio;

    Options(Studio studio) {
        this.studio = studio;
    }

    Map<String, Object> all() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("sd_model_checkpoint", studio.model());
        all.put("sd_checkpoint_hash", null);
        all.put("sd_vae", "Automatic");
        all.put("CLIP_stop_at_last_layers", studio.clipSkip());
        all.put("samples_format", "png");
        all.put("save_images", studio.saved().isPresent());
        all.put("enable_pnginfo", true);
        all.put("randn_source", "CPU");
        all.put("eta_noise_seed_delta", 0);
        all.put("show_progress_every_n_steps", 1);
        return all;
    }

    void set(Fields fields) {
        fields.text("sd_model_checkpoint").ifPresent(name -> studio.setModel(PictureRequest.findModel(studio, name)));
        fields.integer("CLIP_stop_at_last_layers", 1, MOST_LAYERS).ifPresent(studio::setClipSkip);
    }
}
