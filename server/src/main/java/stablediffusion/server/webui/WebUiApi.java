package stablediffusion.server.webui;

import stablediffusion.GeneratedImage;
import stablediffusion.server.http.ErrorForm;
import stablediffusion.server.http.Exchange;
import stablediffusion.server.http.Route;
import stablediffusion.server.painting.SavedPictures;
import stablediffusion.server.painting.Studio;
import stablediffusion.server.queue.Job;
import tools.jackson.databind.node.NullNode;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Answers {@code /sdapi/v1}. */
public final class WebUiApi {
    private static final String ROOT = "/sdapi/v1/";

    private final Studio studio;
    private final Jobs jobs;
    private final Options options;

    public WebUiApi(Studio studio) {
        this.studio = studio;
        this.jobs = new Jobs(studio);
        this.options = new Options(studio);
    }

    /** Returns all routes. */
    public List<Route> routes() {
        List<Route> routes = new ArrayList<>(List.of(
                Route.post(ROOT + "txt2img", ErrorForm.DETAIL, "Paints pictures from text.", PictureFields.TEXT_TO_IMAGE,
                        exchange -> paint(exchange, PictureRequest.fromText(exchange.fields(PictureFields.TEXT_TO_IMAGE), studio))),
                Route.post(ROOT + "img2img", ErrorForm.DETAIL, "Paints pictures from text and a picture.", PictureFields.IMAGE_TO_IMAGE,
                        exchange -> paint(exchange, PictureRequest.fromImage(exchange.fields(PictureFields.IMAGE_TO_IMAGE), studio))),
                Route.get(ROOT + "progress", ErrorForm.DETAIL,
                        "Tells how far the client's job is; ?skip_current_image=true without a preview.",
                        jobs::answerProgress),
                Route.post(ROOT + "interrupt", ErrorForm.DETAIL,
                        "Ends the client's jobs that are being painted, with the finished pictures.",
                        List.of(), exchange -> {
                            jobs.interrupt(exchange.client());
                            answerNothing(exchange);
                        }),
                Route.post(ROOT + "skip", ErrorForm.DETAIL, "Leaves out the client's picture that is being painted.", List.of(),
                        exchange -> {
                            jobs.skip(exchange.client());
                            answerNothing(exchange);
                        }),
                Route.get(ROOT + "options", ErrorForm.DETAIL, "Returns the settings.", exchange -> exchange.sendJson(options.all())),
                Route.post(ROOT + "options", ErrorForm.DETAIL, "Changes settings; those that are not known are ignored.", Options.FIELDS,
                        exchange -> {
                            options.set(exchange.fields(Options.FIELDS));
                            answerNothing(exchange);
                        }),
                Route.post(ROOT + "png-info", ErrorForm.DETAIL, "Reads how a picture was made.", PngInfo.FIELDS,
                        exchange -> exchange.sendJson(PngInfo.of(exchange.fields(PngInfo.FIELDS))))));
        routes.addAll(new Lists(studio).routes(ROOT));
        return routes;
    }

    static void answerNothing(Exchange exchange) throws IOException {
        exchange.sendJson(NullNode.instance);
    }

    private void paint(Exchange exchange, PictureRequest request) throws IOException {
        Job job = request.submit(studio, exchange.client());
        exchange.await(job, _ -> {});
        if (request.saveImages()) {
            SavedPictures saved = studio.saved().orElseThrow();
            for (GeneratedImage image : job.images()) {
                saved.save(image);
            }
        }
        exchange.sendJson(PictureAnswer.of(request, job));
    }
}
