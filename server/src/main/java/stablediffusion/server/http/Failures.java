package stablediffusion.server.http;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.server.queue.QueueFullException;

import java.util.stream.Collectors;

/** Says to a client what failed, and what it can do about it. */
final class Failures {
    private Failures() {}

    /** Returns what a client is told of an exception. */
    static HttpFailure of(Throwable failure) {
        return switch (failure) {
            case HttpFailure known -> known;
            case QueueFullException full -> HttpFailure.later(full.getMessage(), full.retryAfter());
            case InvalidRequestException wrong -> new HttpFailure(HttpFailure.UNPROCESSABLE, message(wrong), wrong);
            case UserException known -> new HttpFailure(HttpFailure.INTERNAL, message(known), known);
            default -> new HttpFailure(HttpFailure.INTERNAL, "internal error: a bug; the log of the server has the details", failure);
        };
    }

    /** Returns whether an exception is a bug, which the log must describe. */
    static boolean isBug(Throwable failure) {
        return !(failure instanceof HttpFailure || failure instanceof QueueFullException || failure instanceof UserException);
    }

    private static String message(UserException failure) {
        String remedies = failure.remedies().stream().map(Failures::text).distinct()
                .collect(Collectors.joining(", or "));
        return failure.getMessage() + (remedies.isEmpty() ? "" : "; " + remedies);
    }

    /** Words what a client can do; what only the one who starts the server can do is told as such. */
    private static String text(Remedy remedy) {
        return switch (remedy) {
            case COMPUTE_IN_F32 -> "start the server with --precision f32 or auto";
            case COMPUTE_IN_16_BITS -> "start the server with --precision bf16 or f16, which takes less memory";
            case MAKE_FEWER_TOGETHER -> "ask for a smaller picture, or start the server with a smaller --batch-size";
            case COMPUTE_ON_CPU -> "start the server with --backend cpu";
            case LIST_DEVICES -> "'sd devices' lists the devices of the server";
            case TUNE_AGAIN -> "run 'sd tune' on the server again";
            case CONVERT_CHECKPOINT -> "convert the checkpoint with 'sd convert' on the server";
            case STORE_IN_F32 -> "convert the model with --precision f32 on the server";
            case CONVERT_WITHOUT_EMA -> "convert the model without --ema on the server";
            case NAME_OUTPUT_FOLDER -> "start the server with another --save-dir";
            case NAME_LORA_FOLDER -> "start the server with another --lora-dir";
            case RECORD_HISTORY -> "record a history with 'sd bench model --append'";
            case NAME_INITIAL_IMAGE -> "send a picture to start from";
        };
    }
}
