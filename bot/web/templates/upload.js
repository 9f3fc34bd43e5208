(function(){
var sending=null;
function one(id){return document.getElementById(id)}
function size(bytes){return (bytes/1048576).toFixed(bytes<10485760?1:0)}
function problem(text){var p=one("problem");p.textContent=text||"";p.hidden=!text}
function end(text){sending=null;var f=one("upload");if(f){f.classList.remove("sending");one("state").hidden=true;problem(text)}}
function progress(f,e){
  var share=e.total?e.loaded/e.total:0;
  one("bar").value=share;
  one("line").textContent=e.loaded<e.total?f.dataset.progress.replace("{done}",size(e.loaded)).replace("{total}",size(e.total))+" · "+Math.floor(share*100)+"%":f.dataset.last;
}
document.addEventListener("submit",function(e){
  var f=e.target,file=f.id==="upload"&&f.elements.file.files[0];
  if(!file||!window.FormData)return;
  e.preventDefault();
  if(sending)return;
  if(file.size>+f.dataset.max){problem(f.dataset.big);return}
  problem("");
  var x=sending=new XMLHttpRequest(),data=new FormData();
  data.append("file",file,file.name);
  x.open("POST",location.href);
  x.responseType="document";
  x.upload.onprogress=function(e){progress(f,e)};
  x.onload=function(){
    var main=x.response&&x.response.querySelector("main");
    if(!main){end(f.dataset.lost);return}
    end("");
    document.title=x.response.title;
    document.querySelector("main").replaceWith(document.importNode(main,true));
    scrollTo(0,0);
  };
  x.onerror=x.ontimeout=function(){end(f.dataset.lost)};
  x.onabort=function(){end(f.dataset.stopped)};
  f.classList.add("sending");
  one("state").hidden=false;
  progress(f,{loaded:0,total:file.size});
  x.send(data);
  if(navigator.wakeLock)navigator.wakeLock.request("screen").catch(function(){});
});
document.addEventListener("click",function(e){if(e.target.id==="stop"&&sending)sending.abort()});
addEventListener("beforeunload",function(e){if(sending){e.preventDefault();e.returnValue=""}});
})();
