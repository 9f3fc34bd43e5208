(function(){
var sending=null,awake=null;
document.documentElement.classList.add("js");
function one(id){return document.getElementById(id)}
function size(bytes){return (bytes/1048576).toLocaleString(document.documentElement.lang,{maximumFractionDigits:bytes<10485760?1:0})}
function problem(text){var p=one("problem");p.textContent=text||"";p.hidden=!text}
function stay(e){e.preventDefault();e.returnValue=""}
function begin(f,x){
  sending=x;
  addEventListener("beforeunload",stay);
  if(navigator.wakeLock)navigator.wakeLock.request("screen").then(function(l){if(sending)awake=l;else l.release()},function(){});
  f.classList.add("sending");
  one("state").hidden=false;
}
function end(text){
  sending=null;
  removeEventListener("beforeunload",stay);
  if(awake){awake.release();awake=null}
  one("upload").classList.remove("sending");
  one("state").hidden=true;
  problem(text);
}
function progress(f,e){
  var share=e.total?e.loaded/e.total:0;
  one("bar").value=share;
  one("line").textContent=e.loaded<e.total?f.dataset.progress.replace("{done}",size(e.loaded)).replace("{total}",size(e.total))+" · "+Math.floor(share*100)+"%":f.dataset.last;
}
document.addEventListener("change",function(e){
  if(e.target.id!=="file")return;
  var file=e.target.files[0],f=e.target.form;
  one("picked").textContent=file?file.name+" · "+f.dataset.size.replace("{n}",size(file.size)):f.dataset.pick;
  problem(file&&file.size>+f.dataset.max?f.dataset.big:"");
});
document.addEventListener("submit",function(e){
  var f=e.target,file=f.id==="upload"&&f.elements.file.files[0];
  if(!file||!window.FormData)return;
  e.preventDefault();
  if(sending)return;
  if(file.size>+f.dataset.max){problem(f.dataset.big);return}
  problem("");
  var x=new XMLHttpRequest(),data=new FormData();
  data.append("file",file,file.name);
  x.open("POST",location.href);
  x.responseType="document";
  x.upload.onprogress=function(e){progress(f,e)};
  x.onload=function(){
    var main=x.response&&x.response.querySelector("main");
    end(main?"":f.dataset.lost);
    if(!main)return;
    document.title=x.response.title;
    document.querySelector("main").replaceWith(document.importNode(main,true));
    scrollTo(0,0);
  };
  x.onerror=x.ontimeout=function(){end(f.dataset.lost)};
  x.onabort=function(){end(f.dataset.stopped)};
  begin(f,x);
  progress(f,{loaded:0,total:file.size});
  x.send(data);
});
document.addEventListener("click",function(e){if(e.target.id==="stop"&&sending)sending.abort()});
})();
