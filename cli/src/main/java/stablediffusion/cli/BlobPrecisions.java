package stablediffusion.cli;

import java.util.ArrayList;
import java.util.List;

/** What a converted model may be stored in, for help and completion. */
final class BlobPrecisions extends ArrayList<String> {
    BlobPrecisions() {
        super(List.of("f16", "f32"));
    }
}
